//! From a file's bytes to planes no larger than the largest output.

mod gif;
mod jpeg;
mod png;
mod rows;
mod webp;

use crate::error::{DAMAGED, PictureError};
use crate::format::Format;
use crate::header::Header;
use crate::limits::{Deadline, Limits};
use crate::plane::Plane;
use crate::resize::{Shrinker, Span};

/// What to make of a stored picture, before it is turned upright.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) x: Span,
    pub(crate) y: Span,
    /// Whether the stored columns will change their order.
    pub(crate) mirrored: bool,
    /// Whether the stored rows will change their order.
    pub(crate) flipped: bool,
    /// One chroma sample a pixel instead of one for four: colours will be converted.
    pub(crate) full_chroma: bool,
}

impl Plan {
    fn component(&self, (width, height): (usize, usize), (across, down): (f64, f64)) -> Shrinker {
        Shrinker::new(self.x.full(width, across), self.y.full(height, down))
    }

    fn chroma(&self, (width, height): (usize, usize), (across, down): (f64, f64)) -> Shrinker {
        let x = self.x.halved(width, across, self.mirrored);
        Shrinker::new(x, self.y.halved(height, down, self.flipped))
    }
}

/// What the planes of a decoded picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    Grey,
    GreyAlpha,
    /// Chroma planes of half the width and height, unless [`Plan::full_chroma`] asked for more.
    YCbCr,
    Rgb,
    Rgba,
    Cmyk {
        inverted: bool,
    },
    Ycck {
        inverted: bool,
    },
}

/// A picture at its output size, not yet upright and in its own colours.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) model: Model,
    pub(crate) planes: Vec<Plane>,
}

/// A decoder with what it may use.
pub(crate) struct Job<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) header: &'a Header,
    pub(crate) limits: &'a Limits,
    pub(crate) deadline: Deadline,
    pub(crate) plan: Plan,
}

impl Job<'_> {
    pub(crate) fn decode(&self) -> Result<Decoded, PictureError> {
        match self.header.format {
            Format::Jpeg => jpeg::decode(self),
            Format::Png => png::decode(self),
            Format::Gif => gif::decode(self),
            Format::WebP => webp::decode(self),
        }
    }

    /// The limits were checked against our reading of the headers; a decoder that reads them
    /// otherwise must stop.
    fn check_size(&self, seen: (u32, u32)) -> Result<(), PictureError> {
        if seen == (self.header.width, self.header.height) { Ok(()) } else { Err(DAMAGED) }
    }

    const fn width(&self) -> usize {
        self.header.width as usize
    }

    const fn height(&self) -> usize {
        self.header.height as usize
    }
}

fn finish(shrinkers: Vec<Shrinker>) -> Result<Vec<Plane>, PictureError> {
    shrinkers.into_iter().map(|shrinker| shrinker.finish().ok_or(DAMAGED)).collect()
}
