//! An upright sRGB picture between decoding and encoding.

use crate::alpha;
use crate::jfif::{chroma_of, luma_of, rgb_of};
use crate::plane::Plane;
use crate::resize::{Shrinker, Span};
use crate::simd::vectorised;

/// Kept as what its encoder wants.
#[derive(Clone, Debug)]
pub(crate) enum Picture {
    /// Luma, and chroma of half the width and height unless the picture is grey.
    Opaque { luma: Plane, chroma: Option<[Plane; 2]> },
    /// Red, green, blue, alpha, not premultiplied.
    Alpha([Plane; 4]),
}

impl Picture {
    /// A picture without any colour loses its chroma planes.
    pub(crate) fn opaque(luma: Plane, chroma: Option<[Plane; 2]>) -> Self {
        let chroma = chroma.filter(|planes| !planes.iter().all(|plane| plane.is_all(128)));
        Self::Opaque { luma, chroma }
    }

    pub(crate) const fn size(&self) -> (usize, usize) {
        match self {
            Self::Opaque { luma: plane, .. } | Self::Alpha([plane, ..]) => {
                (plane.width, plane.height)
            }
        }
    }

    /// The stretch `x` by `y` of the picture, resized.
    pub(crate) fn resized(&self, x: Span, y: Span) -> Self {
        match self {
            Self::Opaque { luma, chroma } => {
                let chroma = chroma.as_ref().map(|[cb, cr]| {
                    let (x, y) = (x.halved(cb.width, 2.0, false), y.halved(cb.height, 2.0, false));
                    let half = Shrinker::new(x, y);
                    [half.clone().run(cb), half.run(cr)]
                });
                Self::Opaque { luma: full(luma, x, y, 1.0), chroma }
            }
            Self::Alpha(planes) => {
                let mut planes = planes.clone();
                alpha::premultiply(&mut planes);
                let mut planes = planes.map(|plane| full(&plane, x, y, 1.0));
                alpha::unpremultiply(&mut planes);
                Self::Alpha(planes)
            }
        }
    }

    /// RGBA pixels, row after row.
    pub(crate) fn to_rgba(&self) -> Vec<u8> {
        let (width, height) = self.size();
        let (x, y) = (Span::whole(width, width), Span::whole(height, height));
        match self {
            Self::Opaque { luma, chroma: None } => {
                luma.samples.iter().flat_map(|y| [*y, *y, *y, 255]).collect()
            }
            Self::Opaque { luma, chroma: Some([cb, cr]) } => {
                let (cb, cr) = (full(cb, x, y, 2.0), full(cr, x, y, 2.0));
                let pixels = luma.samples.iter().zip(&cb.samples).zip(&cr.samples);
                pixels
                    .map(|((y, cb), cr)| rgb_of([*y, *cb, *cr]))
                    .flat_map(|[r, g, b]| [r, g, b, 255])
                    .collect()
            }
            Self::Alpha([r, g, b, a]) => {
                let pixels = r.samples.iter().zip(&g.samples).zip(b.samples.iter().zip(&a.samples));
                pixels.flat_map(|((r, g), (b, a))| [*r, *g, *b, *a]).collect()
            }
        }
    }
}

fn full(plane: &Plane, x: Span, y: Span, ratio: f64) -> Plane {
    Shrinker::new(x.full(plane.width, ratio), y.full(plane.height, ratio)).run(plane)
}

/// Makes a picture of rows of RGB.
pub(crate) struct Assembly {
    row: usize,
    shape: Shape,
}

enum Shape {
    Opaque { luma: Plane, chroma: [Plane; 2], sums: Vec<[i32; 3]> },
    Alpha([Plane; 4]),
}

impl Assembly {
    pub(crate) fn new(width: usize, height: usize, alpha: Option<Plane>) -> Self {
        let plane = || Plane::new(width, height);
        let half = || Plane::new(width.div_ceil(2), height.div_ceil(2));
        let shape = match alpha {
            Some(alpha) => Shape::Alpha([plane(), plane(), plane(), alpha]),
            None => Shape::Opaque {
                luma: plane(),
                chroma: [half(), half()],
                sums: vec![[0; 3]; width.div_ceil(2)],
            },
        };
        Self { row: 0, shape }
    }

    pub(crate) fn push(&mut self, rgb: &[u8]) {
        let y = self.row;
        self.row += 1;
        let (pixels, _) = rgb.as_chunks::<3>();
        match &mut self.shape {
            Shape::Opaque { luma, chroma, sums } => {
                let last = y + 1 == luma.height;
                if let Some(row) = luma.rows_mut().nth(y) {
                    write_luma(row, pixels);
                }
                add_pairs(sums, pixels);
                if y.is_multiple_of(2) && last {
                    add_pairs(sums, pixels);
                }
                if y % 2 == 1 || last {
                    write_chroma(chroma, y / 2, sums);
                }
            }
            Shape::Alpha([r, g, b, _]) => {
                for (index, plane) in [r, g, b].into_iter().enumerate() {
                    let samples = rgb.iter().skip(index).step_by(3);
                    if let Some(row) = plane.rows_mut().nth(y) {
                        row.iter_mut().zip(samples).for_each(|(out, sample)| *out = *sample);
                    }
                }
            }
        }
    }

    pub(crate) fn finish(self) -> Picture {
        match self.shape {
            Shape::Opaque { luma, chroma, .. } => Picture::opaque(luma, Some(chroma)),
            Shape::Alpha(mut planes) => {
                alpha::forget_hidden(&mut planes);
                Picture::Alpha(planes)
            }
        }
    }
}

fn write_luma(row: &mut [u8], pixels: &[[u8; 3]]) {
    vectorised(
        #[inline(always)]
        || {
            for (out, pixel) in row.iter_mut().zip(pixels) {
                *out = luma_of(*pixel);
            }
        },
    );
}

/// Adds up each two pixels of a row; a last one without a partner counts twice.
fn add_pairs(sums: &mut [[i32; 3]], pixels: &[[u8; 3]]) {
    let (pairs, single) = pixels.as_chunks::<2>();
    for (sum, [left, right]) in sums.iter_mut().zip(pairs) {
        for (sum, (left, right)) in sum.iter_mut().zip(left.iter().zip(right)) {
            *sum += i32::from(*left) + i32::from(*right);
        }
    }
    if let (Some(sum), [pixel]) = (sums.get_mut(pairs.len()), single) {
        sum.iter_mut().zip(pixel).for_each(|(sum, sample)| *sum += 2 * i32::from(*sample));
    }
}

fn write_chroma([cb, cr]: &mut [Plane; 2], y: usize, sums: &mut [[i32; 3]]) {
    let (Some(cb), Some(cr)) = (cb.rows_mut().nth(y), cr.rows_mut().nth(y)) else { return };
    for ((cb, cr), sum) in cb.iter_mut().zip(cr).zip(sums) {
        [*cb, *cr] = chroma_of(std::mem::take(sum), 2);
    }
}
