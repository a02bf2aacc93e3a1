//! What a picture costs while it is processed.

use crate::header::{Header, Shape};

/// What every picture needs for its outputs, in bytes: planes, tokens and files of at most 2,048 pixels a side.
const OUTPUTS: u64 = 24 << 20;

/// An upper estimate of the memory that [`process`](crate::process) takes besides the file, in bytes, for outputs
/// of at most 2,048 pixels a side. Hold a permit for as much while it runs.
#[must_use]
pub fn memory_estimate(header: &Header) -> u64 {
    let pixels = header.pixels();
    let decoder = match header.shape {
        Shape::Jpeg { split: false, .. } => u64::from(header.width) * 512,
        // Coefficients of 16 bits for each sample.
        Shape::Jpeg { split: true, components, .. } => pixels * 2 * u64::from(components),
        Shape::Png { interlaced, channels, deep } => {
            let row = u64::from(header.width) * 64;
            if interlaced { pixels * u64::from(channels) * if deep { 2 } else { 1 } + row } else { row }
        }
        Shape::Gif { frame } => frame + u64::from(header.width) * 64,
        // The pixels, and for lossy files the planes before them.
        Shape::WebP { lossless } => pixels * if lossless { 8 } else { 6 },
    };
    OUTPUTS + decoder
}
