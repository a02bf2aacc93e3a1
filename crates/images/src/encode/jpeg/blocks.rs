//! Cutting planes into blocks.

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

impl Component<'_> {
    /// The eight rows from `top`; below the picture its last row repeats.
    pub(super) fn band(&self, top: usize) -> [&[u8]; 8] {
        std::array::from_fn(|row| self.plane.row(top + row))
    }

    /// The quantized coefficients of the block at `left` in a band, transposed.
    #[inline(always)]
    pub(super) fn levels(&self, band: &[&[u8]; 8], left: usize) -> [i16; 64] {
        let mut block = [[0.0; 8]; 8];
        for (line, row) in block.iter_mut().zip(band) {
            let beyond;
            let samples = match row.get(left..left + 8) {
                Some(samples) => samples,
                None => {
                    beyond = edge(row, left);
                    beyond.as_slice()
                }
            };
            for (value, sample) in line.iter_mut().zip(samples) {
                *value = f32::from(*sample) - 128.0;
            }
        }
        dct::forward(&mut block);
        self.quantizer.quantize(&block)
    }
}

/// Eight samples of which some are right of the picture: there its last one repeats.
#[cold]
fn edge(row: &[u8], left: usize) -> [u8; 8] {
    let last = row.last().copied().unwrap_or(128);
    std::array::from_fn(|index| row.get(left + index).copied().unwrap_or(last))
}
