//! Quantization: how coarse each frequency may be.

use fearless_simd::{Simd, SimdBase, f32x8};

use super::dct;

/// Quantization steps by frequency: `first * (1 + growth * r ^ power)`, where `r` is the distance
/// from DC.
///
/// The three numbers of each table, and [`DEAD_ZONE`], were searched for among some forty
/// combinations: fewest bytes at equal SSIMULACRA2 over a dozen photos at 512 and 150 pixels, at
/// about the score of libjpeg's quality 80. The same steps serve both axes, so that a turned
/// picture looks the same.
pub(super) struct Steps {
    first: f64,
    growth: f64,
    power: f64,
}

/// Steps for brightness.
pub(super) const LUMA: Steps = Steps { first: 6.5, growth: 0.17, power: 1.45 };
/// Steps for colour.
pub(super) const CHROMA: Steps = Steps { first: 7.0, growth: 0.22, power: 1.05 };

/// How far, in steps, a coefficient other than DC is drawn to zero before it is rounded: what is
/// barely a step is mostly noise, and dear.
const DEAD_ZONE: f32 = 0.15;

/// [`DEAD_ZONE`] for the row that starts with DC.
const WITHOUT_DC: [f32; 8] =
    [0.0, DEAD_ZONE, DEAD_ZONE, DEAD_ZONE, DEAD_ZONE, DEAD_ZONE, DEAD_ZONE, DEAD_ZONE];

impl Steps {
    /// In natural order.
    fn table(&self) -> [u8; 64] {
        std::array::from_fn(|index| {
            let distance = ((index / 8) as f64).hypot((index % 8) as f64);
            (self.first * (1.0 + self.growth * distance.powf(self.power))).round().clamp(1.0, 255.0)
                as u8
        })
    }
}

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
    pub(super) fn new(steps: &Steps) -> Self {
        let steps = steps.table();
        let mut reciprocals = [0.0; 64];
        for (index, out) in reciprocals.iter_mut().enumerate() {
            let (row, column) = (index / 8, index % 8);
            let step = steps.get(column * 8 + row).copied().unwrap_or(1);
            *out = (1.0 / (f64::from(step) * dct::gain(row) * dct::gain(column))) as f32;
        }
        Self { steps, reciprocals }
    }

    pub(super) fn zigzag(&self) -> [u8; 64] {
        ZIGZAG.map(|at| self.steps.get(usize::from(at)).copied().unwrap_or(1))
    }

    /// Coefficients in units of their steps, rounded, still transposed.
    #[inline(always)]
    pub(super) fn quantize<S: Simd>(&self, simd: S, block: [f32x8<S>; 8]) -> [i16; 64] {
        // 1.5 * 2^23 pushes the fraction out of a float; its low bits are the rounded integer.
        const MAGIC: f32 = 12_582_912.0;
        let mut levels = [0; 64];
        let mut dead_zone = f32x8::from_slice(simd, &WITHOUT_DC);
        let rows = levels.as_chunks_mut::<8>().0.iter_mut().zip(block);
        for ((out, row), reciprocals) in rows.zip(self.reciprocals.as_chunks::<8>().0) {
            let exact = row * f32x8::from_slice(simd, reciprocals);
            let drawn = exact - exact.min(1.0).max(-1.0) * dead_zone;
            for (level, value) in out.iter_mut().zip((drawn + MAGIC).as_slice()) {
                *level = value.to_bits() as i16;
            }
            dead_zone = f32x8::splat(simd, DEAD_ZONE);
        }
        levels
    }
}
