//! Avatars drawn from a name or a seed: [`initials`], an abstract [`pattern`], or one of many
//! [`animal`]s.
//!
//! Pure: the same arguments give the same SVG, byte for byte, on every platform. Users recognize
//! each other by their pictures, so that they must never change: a change of any drawing raises
//! [`VERSION`] and keeps the old drawing for what was stored or linked under the old number. The
//! snapshot tests hold every drawing to it.
//!
//! A seed should come from a keyed hash of the user or alias and not from an id, because a picture
//! shows a few bits of it to everyone.

mod animals;
mod colour;
mod curve;
mod initials;
mod letters;
mod pattern;
mod raster;
mod seed;
mod svg;

pub use animals::{Animal, animal};
pub use initials::initials;
pub use pattern::pattern;
pub use raster::{RasterError, SIZES, rasterise};
pub use svg::Svg;

/// The version of the drawing algorithm, to be part of every address and cache key of a picture.
pub const VERSION: u32 = 1;
