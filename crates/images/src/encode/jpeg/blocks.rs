//! Cutting planes into blocks.

use fearless_simd::{Simd, SimdBase, f32x8};

use super::dct;
use super::tables::Quantizer;
use crate::plane::Plane;

/// A plane with how it is coded.
#[derive(Clone, Copy)]
pub(super) struct Component<'a> {
    pub(super) plane: &'a Plane,
    pub(super) quantizer: &'a Quantizer,
    /// Blocks across and down in one unit of the scan.
    pub(super) sampling: usize,
    /// The first of its two Huffman tables.
    pub(super) class: usize,
}

/// Eight rows of samples around zero, wide enough for whole units of the scan: right of the picture
/// each row's last sample repeats, below it the last row.
pub(super) struct Band {
    samples: Vec<f32>,
    stride: usize,
}

impl Band {
    pub(super) fn new(stride: usize) -> Self {
        Self { samples: vec![0.0; stride * 8], stride }
    }

    #[inline(always)]
    pub(super) fn fill(&mut self, plane: &Plane, top: usize) {
        for (y, line) in (top..).zip(self.samples.chunks_exact_mut(self.stride)) {
            let row = plane.row(y);
            for (value, sample) in line.iter_mut().zip(row) {
                *value = f32::from(*sample) - 128.0;
            }
            let last = row.last().copied().map_or(0.0, |sample| f32::from(sample) - 128.0);
            line.get_mut(row.len()..).unwrap_or_default().fill(last);
        }
    }

    /// The quantized coefficients of the block at `left`, transposed.
    #[inline(always)]
    pub(super) fn levels<S: Simd>(&self, simd: S, left: usize, quantizer: &Quantizer) -> [i16; 64] {
        let mut block = [f32x8::splat(simd, 0.0); 8];
        for (row, line) in block.iter_mut().zip(self.samples.chunks_exact(self.stride)) {
            *row = f32x8::from_slice(simd, line.get(left..left + 8).unwrap_or(&[0.0; 8]));
        }
        quantizer.quantize(simd, dct::forward(block))
    }
}
