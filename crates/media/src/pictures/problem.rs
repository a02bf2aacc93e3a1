//! Problems with pictures, as their uploader sees them.

use selfsame_blobs::BlobError;
use selfsame_images::{Measure, PictureError as ImageError};
use selfsame_platform::PoolError;
use selfsame_web::{Code, Detail, Fault, PictureMeasure, Problem, Size};

use super::pipeline::{Format, PictureError};

/// After so many seconds a full pool has worked off its queue.
const BUSY: u64 = 2;

/// What is wrong with a picture where `taken` are the types that would do; where it is not the
/// picture, the problem instead.
pub fn picture_problem(
    refused: &PictureError,
    taken: &[Format],
) -> Result<(Code, Detail), Problem> {
    Ok(match *refused {
        PictureError::Picture(ImageError::Unsupported) | PictureError::Type(_) => {
            (Code::ImageTypeUnsupported, unsupported(taken))
        }
        PictureError::Picture(ImageError::TooLarge { what, limit, actual }) => {
            (Code::ImageTooLarge, too_large(what, limit, actual))
        }
        // The machine has too much to do: the same picture is read when it has less.
        PictureError::Picture(ImageError::Starved) => return Err(of_pool(PoolError::Full)),
        PictureError::Picture(ImageError::Timeout) => (Code::ImageTooLarge, Detail::PictureTooSlow),
        PictureError::Picture(ImageError::Invalid(_)) => {
            (Code::ImageInvalid, Detail::PictureUnreadable)
        }
        PictureError::Pool(error) => return Err(of_pool(error)),
    })
}

/// The problem of a pool that is full, or has lost the job.
#[must_use]
pub fn of_pool(error: PoolError) -> Problem {
    match error {
        PoolError::Full => Problem::new(Code::Unavailable, Detail::ManyPictures).retry_after(BUSY),
        PoolError::Lost => Problem::internal(),
    }
}

/// What the caller reads and what the log reads are two texts.
#[must_use]
pub fn of_blobs(error: BlobError) -> Problem {
    Problem::new(Code::Unavailable, Detail::PicturesDown).retry_after(1).because(error)
}

const fn too_large(what: Measure, max: u64, actual: u64) -> Detail {
    let measure = match what {
        Measure::Bytes => return Detail::PictureBytes { max: Size(max) },
        Measure::Side => PictureMeasure::Side,
        Measure::Pixels => PictureMeasure::Pixels,
        Measure::Scans => PictureMeasure::Scans,
        Measure::ColourProfile => PictureMeasure::ColourProfile,
    };
    Detail::PictureMeasure { measure, max, actual }
}

fn unsupported(taken: &[Format]) -> Detail {
    Detail::PictureType { allowed: names(taken) }
}

/// What the types of `formats` are called.
#[must_use]
pub fn names(formats: &[Format]) -> Vec<String> {
    formats.iter().map(|format| name(*format).to_owned()).collect()
}

/// What is wrong with the field that the picture came in.
#[must_use]
pub fn fault(code: Code, taken: &[Format]) -> Fault {
    if code == Code::ImageTypeUnsupported {
        Fault::PictureType { allowed: names(taken) }
    } else if code == Code::ImageTooLarge {
        Fault::PictureTooLarge
    } else {
        Fault::PictureUnreadable
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_slow_picture_is_called_too_slow() {
        let problem_of = |error| picture_problem(&PictureError::Picture(error), &[Format::Png]);
        assert_eq!(
            problem_of(ImageError::Timeout),
            Ok((Code::ImageTooLarge, Detail::PictureTooSlow))
        );
        let problem = problem_of(ImageError::Starved).unwrap_err();
        assert_eq!((problem.code, problem.retry_after), (Code::Unavailable, Some(BUSY)));
    }
}
