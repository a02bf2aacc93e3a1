//! What a file says about itself, read before any of it is decoded.
//!
//! These readers are the project's own, because a decoder's header reader may already allocate what
//! the header asks for. They allocate nothing but a colour profile within its limit.

mod gif;
mod jpeg;
mod png;
mod webp;

use std::borrow::Cow;

use crate::error::{DAMAGED, Measure, PictureError};
use crate::format::Format;
use crate::limits::{Limits, at_most};
use crate::orientation::Orientation;

/// What [`inspect`] finds in the headers of an acceptable picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// By content.
    pub format: Format,
    /// As stored, in pixels.
    pub width: u32,
    /// As stored, in pixels.
    pub height: u32,
    /// What brings it upright.
    pub orientation: Orientation,
    pub(crate) shape: Shape,
}

impl Header {
    /// Width and height of the upright picture, in pixels.
    #[must_use]
    pub const fn oriented_size(&self) -> (u32, u32) {
        self.orientation.apply((self.width, self.height))
    }

    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// What decides the cost of decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `split` JPEGs (progressive, or one scan a component) are held as coefficients until their
    /// last scan.
    Jpeg {
        split: bool,
        components: u8,
        coding: Coding,
    },
    Png {
        deep: bool,
        interlaced: bool,
        channels: u8,
    },
    Gif {
        /// Pixels of the first frame, which may differ from those of the screen.
        frame: u64,
    },
    WebP {
        /// As a lossless picture is coded: any number of pixels may take no bits.
        lossless: bool,
        alpha: bool,
    },
}

/// What the components of a JPEG mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Grey,
    YCbCr,
    Rgb,
    Cmyk { inverted: bool },
    Ycck { inverted: bool },
}

/// A header with what only decoding needs.
#[derive(Clone, Debug)]
pub(crate) struct Inspected<'a> {
    pub(crate) header: Header,
    pub(crate) profile: Option<Cow<'a, [u8]>>,
}

/// Decides from headers alone whether a file is worth decoding, and says what it holds.
///
/// Takes microseconds, except for a progressive JPEG, whose scans are counted (about 1 ms a
/// megabyte).
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, PictureError> {
    read(bytes, limits).map(|inspected| inspected.header)
}

pub(crate) fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Inspected<'a>, PictureError> {
    let format = Format::sniff(bytes).ok_or(PictureError::Unsupported)?;
    at_most(Measure::Bytes, bytes.len() as u64, limits.bytes as u64)?;
    match format {
        Format::Jpeg => jpeg::read(bytes, limits),
        Format::Png => png::read(bytes, limits),
        Format::Gif => gif::read(bytes, limits),
        Format::WebP => webp::read(bytes, limits),
    }
}

/// Checks the declared size, which every reader does before it looks at anything that follows.
fn check_size(
    (width, height): (u32, u32),
    pixels: u64,
    limits: &Limits,
) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError::Invalid("it has no pixels"));
    }
    at_most(Measure::Side, u64::from(width.max(height)), u64::from(limits.side))?;
    at_most(Measure::Pixels, u64::from(width) * u64::from(height), pixels)
}

/// Refuses a file that declares more pixels than its bytes can possibly hold, so that a short file
/// can't make a decoder allocate for a large picture.
fn check_density(pixels: u64, bytes: usize, pixels_per_byte: u64) -> Result<(), PictureError> {
    if pixels > (bytes as u64).saturating_mul(pixels_per_byte) {
        return Err(crate::error::TRUNCATED);
    }
    Ok(())
}

fn unpack(zlib: &[u8], limit: usize) -> Result<Vec<u8>, PictureError> {
    use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};
    decompress_to_vec_zlib_with_limit(zlib, limit).map_err(|failed| {
        if failed.status == TINFLStatus::HasMoreOutput {
            let (limit, actual) = (limit as u64, limit as u64 + 1);
            PictureError::TooLarge { what: Measure::ColourProfile, limit, actual }
        } else {
            DAMAGED
        }
    })
}
