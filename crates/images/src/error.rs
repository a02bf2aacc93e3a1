//! Why a picture is refused, in words for its uploader.

use thiserror::Error;

/// What of a picture can be too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The whole file, in bytes.
    Bytes,
    /// The longer side, in pixels.
    Side,
    /// Width times height, in pixels.
    Pixels,
    /// The passes of a progressive JPEG.
    Scans,
    /// The embedded colour profile, in bytes.
    ColourProfile,
}

impl Measure {
    const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "file size in bytes",
            Self::Side => "longer side in pixels",
            Self::Pixels => "number of pixels",
            Self::Scans => "number of passes",
            Self::ColourProfile => "colour profile in bytes",
        }
    }
}

/// Why a picture is refused. Every `Display` text is fit for the uploader.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PictureError {
    /// By content, the file is none of the four formats.
    #[error(
        "This file is not a JPEG, PNG, GIF or WebP picture. Save it as one of these and send it again."
    )]
    Unsupported,
    /// The file is over a limit of [`Limits`](crate::Limits); nothing of it was decoded.
    #[error(
        "This picture is too large: its {} is {actual}, and {limit} is allowed. Send a smaller version of it.",
        .what.name()
    )]
    TooLarge {
        /// What is too large.
        what: Measure,
        /// The most that is allowed, in the unit of `what`.
        limit: u64,
        /// What the file has or declares, in the same unit; for a compressed colour profile at
        /// least this.
        actual: u64,
    },
    /// The file is damaged, cut short, or of a kind of its format that is not read.
    #[error(
        "This picture can't be read: {0}. Open it in a picture editor, save it again and send the new file."
    )]
    Invalid(&'static str),
    /// Decoding took more work than [`Limits::time`](crate::Limits::time).
    #[error("This picture takes too long to read. Send a smaller or simpler version of it.")]
    Timeout,
    /// The machine came to so little of it within [`Limits::patience`](crate::Limits::patience)
    /// that nothing is known of the picture.
    #[error("Too many pictures are being read right now. Send this one again in a moment.")]
    Starved,
}

pub(crate) const TRUNCATED: PictureError = PictureError::Invalid("the file ends too early");
pub(crate) const DAMAGED: PictureError = PictureError::Invalid("its data are damaged");
