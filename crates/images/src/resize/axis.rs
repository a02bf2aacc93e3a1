//! Where the samples of a smaller row or column lie in the larger one.

use std::f64::consts::PI;

/// One axis of a resize. Output sample `i` is centred on source position `origin + i * scale`,
/// where source sample `j` is centred on `j`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) source: usize,
    pub(crate) output: usize,
    pub(crate) scale: f64,
    pub(crate) origin: f64,
}

/// A stretch of the whole picture's axis, in pixels of the picture, that becomes `output` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) output: usize,
}

impl Span {
    pub(crate) const fn whole(length: usize, output: usize) -> Self {
        Self { start: 0, length, output }
    }

    fn scale(self) -> f64 {
        self.length as f64 / self.output.max(1) as f64
    }

    /// The axis of a component stored with `source` samples at `1 / ratio` of the picture's
    /// resolution, written with one sample a pixel.
    pub(crate) fn full(self, source: usize, ratio: f64) -> Axis {
        let scale = self.scale();
        let origin = (self.start as f64 + 0.5 * scale) / ratio - 0.5;
        Axis { source, output: self.output, scale: scale / ratio, origin }
    }

    /// The same, written with one sample for two pixels. JPEG samples chroma between its pixels
    /// (JFIF 1.02); a picture of odd length that is mirrored later must pair its pixels from the
    /// other end.
    pub(crate) fn halved(self, source: usize, ratio: f64, mirrored: bool) -> Axis {
        let scale = self.scale();
        let shift = if mirrored && self.output % 2 == 1 { 0.0 } else { 1.0 };
        let origin = (self.start as f64 + shift * scale) / ratio - 0.5;
        Axis { source, output: self.output.div_ceil(2), scale: 2.0 * scale / ratio, origin }
    }
}

impl Axis {
    /// The offset at which the axis only copies.
    pub(crate) fn copies_from(self) -> Option<usize> {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let start = self.origin.round();
        let whole = near(self.scale, 1.0) && near(self.origin, start) && start >= 0.0;
        (whole && start as usize + self.output <= self.source).then_some(start as usize)
    }

    /// The window of source samples and their weights (which sum to 1) for each output sample:
    /// Lanczos with three lobes, stretched when it shrinks.
    pub(crate) fn windows(self) -> Vec<(usize, Vec<f64>)> {
        let stretch = self.scale.max(1.0);
        (0..self.output).map(|index| self.window(index, stretch)).collect()
    }

    fn window(self, index: usize, stretch: f64) -> (usize, Vec<f64>) {
        let last = self.source.saturating_sub(1) as f64;
        let centre = (self.origin + index as f64 * self.scale).clamp(0.0, last);
        let reach = LOBES * stretch;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let end = ((centre + reach).floor().min(last) as usize) + 1;
        let mut weights = lanczos((first as f64 - centre) / stretch, 1.0 / stretch, end - first);
        let sum: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= sum;
        }
        (first, weights)
    }
}

const LOBES: f64 = 3.0;

/// Values of the window at `count` points from `start` on, `step` apart. The sines advance by the
/// addition theorem: working each one out would take longer than resizing a small picture.
fn lanczos(start: f64, step: f64, count: usize) -> Vec<f64> {
    let mut wave = Wave::new(start * PI, step * PI);
    let mut slow = Wave::new(start * PI / LOBES, step * PI / LOBES);
    (0..count)
        .map(|index| {
            let t = PI * (start + index as f64 * step);
            let product = wave.next() * slow.next();
            if t.abs() < 1e-6 { 1.0 } else { LOBES * product / (t * t) }
        })
        .collect()
}

/// The sine of an angle that grows by equal steps.
struct Wave {
    sine: f64,
    cosine: f64,
    step: (f64, f64),
}

impl Wave {
    fn new(angle: f64, step: f64) -> Self {
        let (sine, cosine) = angle.sin_cos();
        Self { sine, cosine, step: step.sin_cos() }
    }

    fn next(&mut self) -> f64 {
        let now = self.sine;
        let (sine, cosine) = self.step;
        self.sine = now * cosine + self.cosine * sine;
        self.cosine = self.cosine * cosine - now * sine;
        now
    }
}

#[cfg(test)]
mod tests {
    use super::{LOBES, PI, Span};

    #[test]
    fn weights_sum_to_one_and_follow_the_window() {
        for (length, output) in [(4032, 2048), (16_384, 150), (7, 7), (100, 99), (1, 1), (512, 3)] {
            let axis = Span::whole(length, output).full(length, 1.0);
            for (index, (start, weights)) in axis.windows().into_iter().enumerate() {
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                assert!(start + weights.len() <= length);
                let centre =
                    (axis.origin + index as f64 * axis.scale).clamp(0.0, (length - 1) as f64);
                let exact: Vec<f64> = (start..start + weights.len())
                    .map(|at| direct((at as f64 - centre) / axis.scale))
                    .collect();
                let sum: f64 = exact.iter().sum();
                assert!(weights.iter().zip(&exact).all(|(a, b)| (a - b / sum).abs() < 1e-9));
            }
        }
    }

    fn direct(x: f64) -> f64 {
        let t = PI * x;
        if t.abs() < 1e-6 { 1.0 } else { LOBES * t.sin() * (t / LOBES).sin() / (t * t) }
    }

    #[test]
    fn chroma_of_the_same_size_is_copied_unless_its_pairs_change() {
        assert_eq!(Span::whole(9, 9).halved(5, 2.0, false).copies_from(), Some(0));
        assert_eq!(Span::whole(8, 8).halved(4, 2.0, true).copies_from(), Some(0));
        assert_eq!(Span::whole(9, 9).halved(5, 2.0, true).copies_from(), None);
        assert_eq!(
            Span { start: 4, length: 8, output: 8 }.halved(10, 2.0, false).copies_from(),
            Some(2)
        );
    }
}
