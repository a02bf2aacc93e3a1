//! Quantization: how coarse each frequency may be.

use fearless_simd::{Simd, SimdBase, f32x8};

use super::dct;

/// Steps for brightness, in natural order.
pub(super) const LUMA: [u8; 64] = scaled(&ANNEX_K_LUMA, SCALE);
/// Steps for colour.
pub(super) const CHROMA: [u8; 64] = scaled(&ANNEX_K_CHROMA, SCALE);

/// Percent of the steps of annex K: what libjpeg calls quality 80.
const SCALE: u16 = 40;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which has no iterators there")]
const fn scaled(steps: &[u8; 64], percent: u16) -> [u8; 64] {
    let mut result = [0; 64];
    let mut index = 0;
    while index < 64 {
        let step = (steps[index] as u16 * percent + 50) / 100;
        result[index] = if step == 0 { 1 } else { step as u8 };
        index += 1;
    }
    result
}

/// ITU-T T.81, table K.1.
#[rustfmt::skip]
const ANNEX_K_LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// ITU-T T.81, table K.2.
#[rustfmt::skip]
const ANNEX_K_CHROMA: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99,
    18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
];

/// Zigzag position to natural position (ITU-T T.81, figure A.6).
#[rustfmt::skip]
pub(super) const ZIGZAG: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10,
    17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34,
    27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46,
    53, 60, 61, 54, 47, 55, 62, 63,
];

/// The steps of one table, ready for the scaled and transposed output of [`dct::forward`].
pub(super) struct Quantizer {
    steps: [u8; 64],
    reciprocals: [f32; 64],
}

impl Quantizer {
    pub(super) fn new(steps: &[u8; 64]) -> Self {
        let mut reciprocals = [0.0; 64];
        for (index, out) in reciprocals.iter_mut().enumerate() {
            let (row, column) = (index / 8, index % 8);
            let step = steps.get(column * 8 + row).copied().unwrap_or(1);
            *out = (1.0 / (f64::from(step) * dct::gain(row) * dct::gain(column))) as f32;
        }
        Self { steps: *steps, reciprocals }
    }

    pub(super) fn zigzag(&self) -> [u8; 64] {
        ZIGZAG.map(|at| self.steps.get(usize::from(at)).copied().unwrap_or(1))
    }

    /// Coefficients in units of their steps, rounded to the nearest, still transposed.
    #[inline(always)]
    pub(super) fn quantize<S: Simd>(&self, simd: S, block: [f32x8<S>; 8]) -> [i16; 64] {
        // 1.5 * 2^23 pushes the fraction out of a float; its low bits are the rounded integer.
        const MAGIC: f32 = 12_582_912.0;
        let mut levels = [0; 64];
        let rows = levels.as_chunks_mut::<8>().0.iter_mut().zip(block);
        for ((out, row), reciprocals) in rows.zip(self.reciprocals.as_chunks::<8>().0) {
            let rounded = row * f32x8::from_slice(simd, reciprocals) + MAGIC;
            for (level, value) in out.iter_mut().zip(rounded.as_slice()) {
                *level = value.to_bits() as i16;
            }
        }
        levels
    }
}
