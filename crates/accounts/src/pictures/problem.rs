//! What goes wrong with pictures, as the person who sent them is told.

use selfsame_blobs::BlobError;
use selfsame_images::PictureError;
use selfsame_web::{Code, Problem};

use super::pipeline::{Format, Refused};
use super::pool::Refusal;

/// After so many seconds a full pool has worked off its queue.
const BUSY: u64 = 2;

/// What is wrong with a picture where `taken` are the types that would do; where it is not the picture, the problem instead.
pub(crate) fn flaw(refused: Refused, taken: &[Format]) -> Result<(Code, String), Problem> {
    Ok(match refused {
        Refused::Picture(PictureError::Unsupported) => (Code::ImageTypeUnsupported, unsupported(None, taken)),
        Refused::Type(format) => (Code::ImageTypeUnsupported, unsupported(Some(format), taken)),
        Refused::Picture(error @ (PictureError::TooLarge { .. } | PictureError::Timeout)) => {
            (Code::ImageTooLarge, error.to_string())
        }
        Refused::Picture(error @ PictureError::Invalid(_)) => (Code::ImageInvalid, error.to_string()),
        Refused::Pool(refusal) => return Err(of_pool(refusal)),
    })
}

pub(crate) fn of_pool(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Full => Problem::new(
            Code::Unavailable,
            "Too many pictures arrive right now. Send yours again in a moment.",
        )
        .retry_after(BUSY),
        Refusal::Lost => Problem::internal(),
    }
}

/// What the caller reads and what the log reads are two texts.
#[expect(clippy::needless_pass_by_value, reason = "this is the shape that map_err takes")]
pub(crate) fn of_blobs(error: BlobError) -> Problem {
    tracing::error!(%error, "the blob store failed");
    let detail = "Pictures can't be kept or given right now. Nothing was lost; try again in a moment.";
    Problem::new(Code::Unavailable, detail).retry_after(1)
}

fn unsupported(found: Option<Format>, taken: &[Format]) -> String {
    let taken: Vec<_> = taken.iter().map(|format| name(*format)).collect();
    let what = found.map_or("not a picture of a known type", name);
    format!("The file is {what}. Send one of these: {}.", taken.join(", "))
}

const fn name(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::Gif => "GIF",
        Format::WebP => "WebP",
    }
}
