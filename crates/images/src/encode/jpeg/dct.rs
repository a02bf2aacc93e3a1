//! The forward cosine transform of Arai, Agui and Nakajima (1988): five multiplications for eight samples; the
//! scale of each output is left to the quantizer.

type Row = [f32; 8];

/// What [`forward`] leaves a coefficient of row or column `index` multiplied by.
pub(super) fn gain(index: usize) -> f64 {
    let cosine = (index as f64 * std::f64::consts::PI / 16.0).cos();
    let scale = if index == 0 { 1.0 } else { cosine * std::f64::consts::SQRT_2 };
    scale * 8.0_f64.sqrt()
}

/// Transforms a block of rows in place; the result is transposed.
#[inline(always)]
pub(super) fn forward(block: &mut [Row; 8]) {
    columns(block);
    *block = transposed(block);
    columns(block);
}

#[inline(always)]
fn transposed(block: &[Row; 8]) -> [Row; 8] {
    let mut turned = [[0.0; 8]; 8];
    for (y, row) in block.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            #[expect(clippy::indexing_slicing, reason = "both are below 8, and the compiler sees it")]
            {
                turned[x][y] = *value;
            }
        }
    }
    turned
}

#[inline(always)]
fn add(mut a: Row, b: Row) -> Row {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
    a
}

#[inline(always)]
fn sub(mut a: Row, b: Row) -> Row {
    for (a, b) in a.iter_mut().zip(b) {
        *a -= b;
    }
    a
}

#[inline(always)]
fn mul(mut a: Row, factor: f32) -> Row {
    for a in &mut a {
        *a *= factor;
    }
    a
}

/// All eight columns at once.
#[inline(always)]
fn columns(block: &mut [Row; 8]) {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = *block;
    let (s0, s1, s2, s3) = (add(r0, r7), add(r1, r6), add(r2, r5), add(r3, r4));
    let (d3, d2, d1, d0) = (sub(r3, r4), sub(r2, r5), sub(r1, r6), sub(r0, r7));
    let (e0, e3, e1, e2) = (add(s0, s3), sub(s0, s3), add(s1, s2), sub(s1, s2));
    let z1 = mul(add(e2, e3), 0.707_106_77);
    let (o0, o1, o2) = (add(d3, d2), add(d2, d1), add(d1, d0));
    let z5 = mul(sub(o0, o2), 0.382_683_43);
    let (z2, z4) = (add(mul(o0, 0.541_196_1), z5), add(mul(o2, 1.306_563), z5));
    let z3 = mul(o1, 0.707_106_77);
    let (z11, z13) = (add(d0, z3), sub(d0, z3));
    *block = [
        add(e0, e1),
        add(z11, z4),
        add(e3, z1),
        sub(z13, z2),
        sub(e0, e1),
        add(z13, z2),
        sub(e3, z1),
        sub(z11, z4),
    ];
}
