//! Turning a drawing into pixels.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::svg::Svg;

/// The sides in pixels that [`rasterise`] takes.
pub const SIZES: std::ops::RangeInclusive<u32> = 16..=1024;

/// Why a drawing could not be turned into a PNG.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RasterError {
    /// The side asked for lies outside [`SIZES`].
    #[error("a side of {0} px is outside 16–1024 px")]
    Size(u32),
    /// The drawing or its pixels could not be processed. No drawing of this crate is known to cause
    /// it.
    #[error("the drawing could not be rendered: {0}")]
    Render(String),
}

/// The drawing as an opaque square PNG, `size` pixels a side.
///
/// The same drawing and size give the same bytes on one build; other builds of the renderer may
/// differ in rounding.
///
/// # Errors
/// [`RasterError::Size`] outside [`SIZES`].
pub fn rasterise(svg: &Svg, size: u32) -> Result<Vec<u8>, RasterError> {
    if !SIZES.contains(&size) {
        return Err(RasterError::Size(size));
    }
    let tree = Tree::from_str(svg.as_str(), &Options::default())
        .map_err(|error| RasterError::Render(error.to_string()))?;
    let mut pixmap = Pixmap::new(size, size).ok_or(RasterError::Size(size))?;
    let scale = size_as_f32(size) / tree.size().width();
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| RasterError::Render(error.to_string()))
}

fn size_as_f32(size: u32) -> f32 {
    u16::try_from(size).map_or(f32::from(u16::MAX), f32::from)
}
