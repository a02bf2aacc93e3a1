//! Uploaded pictures: untrusted bytes in, files fit to be served out.
//!
//! [`inspect`] decides from headers alone whether a file is worth decoding; [`memory_estimate`]
//! says what that will cost, so that a caller can hold permits for it; [`process`] makes the
//! outputs. There is no I/O and no thread in here: a caller runs [`process`] where blocking is
//! allowed.
//!
//! What comes out is upright, in sRGB and carries no metadata: no EXIF (so no GPS position), XMP,
//! IPTC, comment, profile or thumbnail, and no colour under fully transparent pixels. Opaque
//! pictures become JPEG, the others lossless WebP. Of an animation the first frame is taken. PNG's
//! `gAMA`, `cHRM` and `cICP` are not applied.
//!
//! ```
//! use selfsame_images::{Limits, PictureError, Recipe, process};
//!
//! let refused = process(b"%PDF-1.7", &Limits::default(), &Recipe::default());
//! assert_eq!(refused, Err(PictureError::Unsupported));
//! ```
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    reason = "sides are at most 16,384 and samples 8 bits, so every cast is exact or meant; r, g, b, x and y are the field's own names"
)]
#![allow(
    clippy::inline_always,
    reason = "measured: the inner loops are only vectorised once they are in one function"
)]

#[cfg(test)]
mod tests;

mod alpha;
mod colour;
mod cursor;
mod decode;
mod encode;
mod error;
mod format;
mod header;
mod interleave;
mod jfif;
mod limits;
mod memory;
mod orientation;
mod picture;
mod plane;
mod process;
mod recipe;
mod resize;
mod simd;
mod turn;

pub use encode::Encoded;
pub use error::{Measure, PictureError};
pub use format::Format;
pub use header::{Header, inspect};
pub use limits::Limits;
pub use memory::memory_estimate;
pub use orientation::Orientation;
pub use process::{Outputs, process};
pub use recipe::{Crop, Recipe};
