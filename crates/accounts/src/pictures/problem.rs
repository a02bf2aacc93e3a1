//! What goes wrong with pictures, as the person who sent them is told.

use selfsame_blobs::BlobError;
use selfsame_images::{Measure, PictureError};
use selfsame_web::{Code, Detail, Fault, PictureMeasure, Problem};

use super::pipeline::{Format, Refused};
use super::pool::Refusal;

/// After so many seconds a full pool has worked off its queue.
const BUSY: u64 = 2;

/// What is wrong with a picture where `taken` are the types that would do; where it is not the picture, the problem instead.
pub(crate) fn flaw(refused: Refused, taken: &[Format]) -> Result<(Code, Detail), Problem> {
    Ok(match refused {
        Refused::Picture(PictureError::Unsupported) | Refused::Type(_) => {
            (Code::ImageTypeUnsupported, unsupported(taken))
        }
        Refused::Picture(PictureError::TooLarge { what, limit, actual }) => {
            let detail = Detail::PictureMeasure { measure: measure(what), max: limit, actual };
            (Code::ImageTooLarge, detail)
        }
        Refused::Picture(PictureError::Timeout) => (Code::ImageTooLarge, Detail::PictureTooSlow),
        Refused::Picture(PictureError::Invalid(_)) => (Code::ImageInvalid, Detail::PictureUnreadable),
        Refused::Pool(refusal) => return Err(of_pool(refusal)),
    })
}

pub(crate) fn of_pool(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Full => Problem::new(Code::Unavailable, Detail::ManyPictures).retry_after(BUSY),
        Refusal::Lost => Problem::internal(),
    }
}

/// What the caller reads and what the log reads are two texts.
#[expect(clippy::needless_pass_by_value, reason = "this is the shape that map_err takes")]
pub(crate) fn of_blobs(error: BlobError) -> Problem {
    Problem::new(Code::Unavailable, Detail::PicturesDown).retry_after(1).because(error)
}

const fn measure(what: Measure) -> PictureMeasure {
    match what {
        Measure::Bytes => PictureMeasure::Bytes,
        Measure::Side => PictureMeasure::Side,
        Measure::Pixels => PictureMeasure::Pixels,
        Measure::Scans => PictureMeasure::Scans,
        Measure::ColourProfile => PictureMeasure::ColourProfile,
    }
}

fn unsupported(taken: &[Format]) -> Detail {
    Detail::PictureType { allowed: names(taken) }
}

/// What the types of `formats` are called.
pub(crate) fn names(formats: &[Format]) -> Vec<String> {
    formats.iter().map(|format| name(*format).to_owned()).collect()
}

/// What is wrong with the field that the picture came in.
pub(crate) fn fault(code: Code, taken: &[Format]) -> Fault {
    match code {
        Code::ImageTypeUnsupported => Fault::PictureType { allowed: names(taken) },
        Code::ImageTooLarge => Fault::PictureTooLarge,
        _ => Fault::PictureUnreadable,
    }
}

const fn name(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::Gif => "GIF",
        Format::WebP => "WebP",
    }
}
