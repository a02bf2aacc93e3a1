//! The conversions between RGB and the YCbCr of JPEG files (JFIF, ITU-T T.871 §7), in 16-bit fixed
//! point.

/// Full-range ITU-R BT.601, in 16-bit fixed point.
#[inline(always)]
pub(crate) fn rgb_of([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = ((i32::from(y) << 16) + 32_768, i32::from(cb) - 128, i32::from(cr) - 128);
    [y + 91_881 * cr, y - 22_554 * cb - 46_802 * cr, y + 116_130 * cb]
        .map(|sample| (sample >> 16).clamp(0, 255) as u8)
}

/// The luma of [`rgb_of`]'s inverse.
#[inline(always)]
pub(crate) fn luma_of([r, g, b]: [u8; 3]) -> u8 {
    ((19_595 * i32::from(r) + 38_470 * i32::from(g) + 7_471 * i32::from(b) + 32_768) >> 16) as u8
}

/// The chroma of [`rgb_of`]'s inverse, from sums over `1 << shift` pixels.
pub(crate) fn chroma_of([r, g, b]: [i32; 3], shift: u32) -> [u8; 2] {
    let half = (128 << 16) + 32_768;
    [-11_059 * r - 21_709 * g + 32_768 * b, 32_768 * r - 27_439 * g - 5_329 * b]
        .map(|sample| (((sample >> shift) + half) >> 16).clamp(0, 255) as u8)
}
