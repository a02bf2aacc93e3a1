//! The requested outputs, and the geometry that follows.

use crate::decode::Plan;
use crate::header::Header;
use crate::resize::Span;

/// The requested outputs. Nothing is ever enlarged.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Longest side of the original, in pixels. 2,048.
    pub original_side: u32,
    /// Longest side of the medium picture, in pixels. 512.
    pub medium_side: u32,
    /// Side of the square thumbnail, cut from the middle, in pixels. 150; `None` makes none.
    pub thumbnail: Option<u32>,
    /// The part to keep; `None` keeps all.
    pub crop: Option<Crop>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { original_side: 2_048, medium_side: 512, thumbnail: Some(150), crop: None }
    }
}

/// A part of the upright picture, in fractions (0 to 1) of its width and height. Values beyond the
/// picture, and not-a-number, are brought to its nearest edge; at least one pixel remains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Shrinks a size until its longer side fits.
pub(crate) fn fit((width, height): (usize, usize), side: usize) -> (usize, usize) {
    let longer = width.max(height).max(1);
    let side = side.max(1);
    if longer <= side {
        return (width, height);
    }
    let shrunk = |length: usize| ((length * side * 2 + longer) / (longer * 2)).max(1);
    (shrunk(width), shrunk(height))
}

pub(crate) fn plan(header: &Header, recipe: &Recipe, full_chroma: bool) -> Plan {
    let (width, height) = header.oriented_size();
    let whole = Crop { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
    let crop = recipe.crop.unwrap_or(whole);
    let x = part(width as usize, crop.x, crop.width);
    let y = part(height as usize, crop.y, crop.height);
    let output = fit((x.1, y.1), recipe.original_side as usize);
    let turn = header.orientation;
    let x = stored(width as usize, x, output.0, turn.mirrored);
    let y = stored(height as usize, y, output.1, turn.flipped);
    let (x, y, mirrored, flipped) = if turn.transposed {
        (y, x, turn.flipped, turn.mirrored)
    } else {
        (x, y, turn.mirrored, turn.flipped)
    };
    Plan { x, y, mirrored, flipped, full_chroma }
}

/// Start and length in pixels of a fraction of an axis.
fn part(length: usize, start: f64, share: f64) -> (usize, usize) {
    let edge = |at: f64| {
        (if at.is_nan() { 0.0 } else { at.clamp(0.0, 1.0) } * length as f64).round() as usize
    };
    let first = edge(start).min(length.saturating_sub(1));
    let end = edge(start.max(0.0) + share).clamp(first + 1, length.max(first + 1));
    (first, end - first)
}

/// The same part of an axis that is stored the other way round.
const fn stored(
    length: usize,
    (start, part): (usize, usize),
    output: usize,
    reversed: bool,
) -> Span {
    let start = if reversed { length - start - part } else { start };
    Span { start, length: part, output }
}
