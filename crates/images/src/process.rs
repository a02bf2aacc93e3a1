//! The pipeline.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::colour::{self, Conversion};
use crate::decode::{Decoded, Job};
use crate::encode::{Encoded, encode};
use crate::error::{DAMAGED, PictureError};
use crate::header;
use crate::limits::{Deadline, Limits};
use crate::picture::Picture;
use crate::recipe::{Recipe, fit, plan};
use crate::resize::Span;
use crate::turn::upright;

/// The longest side a thumbhash is made from, in pixels.
const PLACEHOLDER_SIDE: usize = 100;

/// What became of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// At most [`Recipe::original_side`] on its longer side.
    pub original: Encoded,
    /// At most [`Recipe::medium_side`] on its longer side.
    pub medium: Encoded,
    /// A square of [`Recipe::thumbnail`], or of the original's shorter side where that is less.
    pub thumbnail: Option<Encoded>,
    /// A thumbhash (about 25 bytes), to show while the picture loads.
    pub placeholder: Vec<u8>,
    /// Width of `original`, in pixels.
    pub width: u32,
    /// Height of `original`, in pixels.
    pub height: u32,
}

/// Makes the outputs of a picture.
///
/// Works up to [`Limits::time`] on it, so it belongs where blocking is allowed. A panic of a
/// decoder, which none of them should ever do, is a damaged file to the caller.
pub fn process(bytes: &[u8], limits: &Limits, recipe: &Recipe) -> Result<Outputs, PictureError> {
    catch_unwind(AssertUnwindSafe(|| run(bytes, limits, recipe))).unwrap_or(Err(DAMAGED))
}

/// [`process`] without its net, so that tests and fuzzing see what falls into it.
pub(crate) fn run(bytes: &[u8], limits: &Limits, recipe: &Recipe) -> Result<Outputs, PictureError> {
    let deadline = Deadline::of(limits);
    let original = read(bytes, limits, recipe, deadline)?;
    let (width, height) = original.size();
    let medium = shrunk(&original, recipe.medium_side as usize);
    let medium = medium.as_ref().unwrap_or(&original);
    deadline.check()?;
    let thumbnail = recipe
        .thumbnail
        .map(|side| encode(&square(&original, medium, side as usize)))
        .transpose()?;
    Ok(Outputs {
        placeholder: placeholder(medium),
        thumbnail,
        medium: encode(medium)?,
        original: encode(&original)?,
        width: width as u32,
        height: height as u32,
    })
}

fn read(
    bytes: &[u8],
    limits: &Limits,
    recipe: &Recipe,
    deadline: Deadline,
) -> Result<Picture, PictureError> {
    let inspected = header::read(bytes, limits)?;
    let header = &inspected.header;
    let conversion = Conversion::new(inspected.profile.as_deref(), header);
    let plan = plan(header, recipe, conversion.is_some());
    let decoded = Job { bytes, header, limits, deadline, plan }.decode();
    // A decoder that was stopped does not say by which of the two times.
    let stopped = |error: PictureError| {
        if error == PictureError::Timeout { deadline.check().err().unwrap_or(error) } else { error }
    };
    let Decoded { model, planes } = decoded.map_err(stopped)?;
    deadline.check()?;
    let planes = planes.into_iter().map(|plane| upright(plane, header.orientation)).collect();
    colour::to_srgb(Decoded { model, planes }, conversion.as_ref()).ok_or(DAMAGED)
}

/// `None` if it already fits.
fn shrunk(picture: &Picture, side: usize) -> Option<Picture> {
    let (width, height) = picture.size();
    let (small_width, small_height) = fit((width, height), side);
    let smaller = (small_width, small_height) != (width, height);
    smaller.then(|| {
        picture.resized(Span::whole(width, small_width), Span::whole(height, small_height))
    })
}

/// The middle of the picture, made from the medium one where that has enough pixels.
fn square(original: &Picture, medium: &Picture, side: usize) -> Picture {
    let shorter = |picture: &Picture| picture.size().0.min(picture.size().1);
    let source = if shorter(medium) >= side { medium } else { original };
    let (width, height) = source.size();
    let length = width.min(height);
    let output = side.clamp(1, length.max(1));
    let middle = |whole: usize| Span { start: (whole - length) / 2, length, output };
    source.resized(middle(width), middle(height))
}

fn placeholder(medium: &Picture) -> Vec<u8> {
    let small = shrunk(medium, PLACEHOLDER_SIDE);
    let small = small.as_ref().unwrap_or(medium);
    let (width, height) = small.size();
    thumbhash::rgba_to_thumb_hash(width, height, &small.to_rgba())
}
