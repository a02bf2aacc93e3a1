//! The forward cosine transform of Arai, Agui and Nakajima (1988): five multiplications for eight
//! samples; the scale of each output is left to the quantizer.

use fearless_simd::{Simd, SimdBase, f32x8};

/// A block as its rows.
type Rows<S> = [f32x8<S>; 8];

/// What [`forward`] leaves a coefficient of row or column `index` multiplied by.
pub(super) fn gain(index: usize) -> f64 {
    let cosine = (index as f64 * std::f64::consts::PI / 16.0).cos();
    let scale = if index == 0 { 1.0 } else { cosine * std::f64::consts::SQRT_2 };
    scale * 8.0_f64.sqrt()
}

/// The coefficients of a block of samples, transposed.
#[inline(always)]
pub(super) fn forward<S: Simd>(block: Rows<S>) -> Rows<S> {
    columns(transposed(columns(block)))
}

/// Three perfect shuffles of 64 values change rows and columns.
#[inline(always)]
fn transposed<S: Simd>(block: Rows<S>) -> Rows<S> {
    shuffled(shuffled(shuffled(block)))
}

#[inline(always)]
fn shuffled<S: Simd>([a, b, c, d, e, f, g, h]: Rows<S>) -> Rows<S> {
    [
        a.zip_low(e),
        a.zip_high(e),
        b.zip_low(f),
        b.zip_high(f),
        c.zip_low(g),
        c.zip_high(g),
        d.zip_low(h),
        d.zip_high(h),
    ]
}

/// All eight columns at once.
#[inline(always)]
fn columns<S: Simd>([r0, r1, r2, r3, r4, r5, r6, r7]: Rows<S>) -> Rows<S> {
    let (s0, s1, s2, s3) = (r0 + r7, r1 + r6, r2 + r5, r3 + r4);
    let (d3, d2, d1, d0) = (r3 - r4, r2 - r5, r1 - r6, r0 - r7);
    let (e0, e3, e1, e2) = (s0 + s3, s0 - s3, s1 + s2, s1 - s2);
    let z1 = (e2 + e3) * 0.707_106_77;
    let (o0, o1, o2) = (d3 + d2, d2 + d1, d1 + d0);
    let z5 = (o0 - o2) * 0.382_683_43;
    let (z2, z4) = (o0 * 0.541_196_1 + z5, o2 * 1.306_563 + z5);
    let z3 = o1 * 0.707_106_77;
    let (z11, z13) = (d0 + z3, d0 - z3);
    [e0 + e1, z11 + z4, e3 + z1, z13 - z2, e0 - e1, z13 + z2, e3 - z1, z11 - z4]
}
