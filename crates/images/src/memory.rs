//! What a picture costs while it is processed.

use crate::header::{Header, Shape};
use crate::recipe::{Recipe, fit};

/// Bytes for each pixel of the original output, measured on noise, which compresses least: planes,
/// tokens and file, and for WebP the encoder's copies. Photos take about half.
const OPAQUE: u64 = 11;
const TRANSPARENT: u64 = 26;
/// Tables, bands of rows and the small outputs.
const BASE: u64 = 2 << 20;

/// An upper estimate of the memory that [`process`](crate::process) takes besides the file, in
/// bytes, with the default [`Recipe`]. Hold a permit for as much while it runs.
#[must_use]
pub fn memory_estimate(header: &Header) -> u64 {
    let (pixels, width) = (header.pixels(), u64::from(header.width));
    let (decoder, transparent) = match header.shape {
        Shape::Jpeg { split: false, .. } => (width * 512, false),
        // Coefficients of 16 bits for each sample.
        Shape::Jpeg { split: true, components, .. } => {
            (pixels * 2 * u64::from(components) + width * 512, false)
        }
        Shape::Png { interlaced, channels, deep } => {
            let whole = pixels * u64::from(channels) * if deep { 2 } else { 1 };
            (width * 256 + if interlaced { whole } else { 0 }, channels % 2 == 0)
        }
        Shape::Gif { frame } => (frame * 3 / 2 + width * 256, true),
        // The pixels, and for lossy files the planes before them.
        Shape::WebP { lossless, alpha } => {
            (pixels * if lossless || alpha { 8 } else { 6 } + width * 256, alpha)
        }
    };
    let side = Recipe::default().original_side as usize;
    let (width, height) = fit((header.width as usize, header.height as usize), side);
    let outputs = width as u64 * height as u64 * if transparent { TRANSPARENT } else { OPAQUE };
    BASE + decoder + outputs
}
