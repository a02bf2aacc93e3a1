//! What the person who sent a picture is told.

use selfsame_blobs::BlobError;
use selfsame_images::PictureError;
use selfsame_web::{Code, FieldError, Problem};

use super::pipeline::{Format, Pictures, Refused};
use super::pool::Refusal;

/// After so many seconds a full pool has worked off its queue.
const BUSY: u64 = 2;

pub(super) fn of(refused: Refused, pictures: &Pictures) -> Problem {
    match refused {
        Refused::Picture(PictureError::Unsupported) => unsupported(None, pictures),
        Refused::Type(format) => unsupported(Some(format), pictures),
        Refused::Picture(error @ (PictureError::TooLarge { .. } | PictureError::Timeout)) => {
            at_avatar(Code::ImageTooLarge, error.to_string())
        }
        Refused::Picture(error @ PictureError::Invalid(_)) => {
            at_avatar(Code::ImageInvalid, error.to_string())
        }
        Refused::Pool(refusal) => of_pool(refusal),
    }
}

pub(super) fn of_pool(refusal: Refusal) -> Problem {
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
pub(super) fn of_blobs(error: BlobError) -> Problem {
    tracing::error!(%error, "the blob store failed");
    let detail = "Pictures can't be kept or given right now. Nothing was lost; try again in a moment.";
    Problem::new(Code::Unavailable, detail).retry_after(1)
}

pub(super) fn too_many_bytes(limit: usize) -> Problem {
    at_avatar(
        Code::ImageTooLarge,
        format!("The picture has more than {limit} bytes. Send a smaller version of it."),
    )
}

fn unsupported(found: Option<Format>, pictures: &Pictures) -> Problem {
    let allowed: Vec<_> = pictures.allowed().iter().map(|format| name(*format)).collect();
    let what = found.map_or("not a picture of a known type", name);
    let detail = format!("The file is {what}. Send one of these: {}.", allowed.join(", "));
    at_avatar(Code::ImageTypeUnsupported, detail)
}

const fn name(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::Gif => "GIF",
        Format::WebP => "WebP",
    }
}

fn at_avatar(code: Code, detail: String) -> Problem {
    let errors = vec![FieldError { pointer: "/avatar".into(), message: detail.clone() }];
    Problem { errors, ..Problem::new(code, detail) }
}
