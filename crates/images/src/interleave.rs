//! Between rows of whole pixels and rows of one channel each.

use crate::simd::vectorised;

/// Takes a row of pixels apart. Written out for each number of channels, which is what vectorises.
pub(crate) fn split(row: &[u8], channels: &mut [Vec<u8>]) {
    vectorised(
        #[inline(always)]
        || match channels {
            [a] => a.iter_mut().zip(row).for_each(|(a, sample)| *a = *sample),
            [a, b] => {
                for ((a, b), pixel) in a.iter_mut().zip(b).zip(row.as_chunks::<2>().0) {
                    [*a, *b] = *pixel;
                }
            }
            [a, b, c] => {
                for (((a, b), c), pixel) in a.iter_mut().zip(b).zip(c).zip(row.as_chunks::<3>().0) {
                    [*a, *b, *c] = *pixel;
                }
            }
            [a, b, c, d] => {
                for ((((a, b), c), d), pixel) in
                    a.iter_mut().zip(b).zip(c).zip(d).zip(row.as_chunks::<4>().0)
                {
                    [*a, *b, *c, *d] = *pixel;
                }
            }
            _ => {}
        },
    );
}

/// Puts rows of one channel each together.
pub(crate) fn join(channels: &[&[u8]], row: &mut [u8]) {
    vectorised(
        #[inline(always)]
        || match channels {
            [a] => a.iter().zip(row).for_each(|(sample, out)| *out = *sample),
            [a, b, c] => {
                for (((a, b), c), pixel) in a.iter().zip(*b).zip(*c).zip(row.as_chunks_mut::<3>().0)
                {
                    *pixel = [*a, *b, *c];
                }
            }
            [a, b, c, d] => {
                for ((((a, b), c), d), pixel) in
                    a.iter().zip(*b).zip(*c).zip(*d).zip(row.as_chunks_mut::<4>().0)
                {
                    *pixel = [*a, *b, *c, *d];
                }
            }
            _ => {}
        },
    );
}
