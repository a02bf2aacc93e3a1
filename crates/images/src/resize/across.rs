//! Resizing one row.

use super::axis::Axis;

/// Samples a step of the inner loop takes; windows are padded to a multiple of it.
const LANES: usize = 8;
/// One in the fixed-point weights: a weight may reach 2 and still be an `i16`.
const ONE: f64 = 16_384.0;
const SCALE: f32 = 1.0 / 16_384.0;

/// Resizes rows of one width.
#[derive(Debug)]
pub(super) enum Across {
    Copy { start: usize },
    Filter(Filter),
}

#[derive(Debug)]
pub(super) struct Filter {
    starts: Vec<usize>,
    weights: Vec<i16>,
    taps: usize,
    /// The source row as `i16`, with room behind it for the padding of the last windows.
    padded: Vec<i16>,
}

impl Across {
    pub(super) fn new(axis: Axis) -> Self {
        match axis.copies_from() {
            Some(start) => Self::Copy { start },
            None => Self::Filter(Filter::new(axis)),
        }
    }

    /// Writes `output.len()` samples in the range 0 to 255, not rounded or clamped.
    pub(super) fn run(&mut self, row: &[u8], output: &mut [f32]) {
        match self {
            Self::Copy { start } => {
                let source = row.get(*start..).unwrap_or_default();
                output.iter_mut().zip(source).for_each(|(out, sample)| *out = f32::from(*sample));
            }
            Self::Filter(filter) => filter.run(row, output),
        }
    }
}

impl Filter {
    fn new(axis: Axis) -> Self {
        let windows = axis.windows();
        let longest = windows.iter().map(|(_, weights)| weights.len()).max().unwrap_or(0);
        let taps = longest.next_multiple_of(LANES);
        let starts = windows.iter().map(|(start, _)| *start).collect();
        let mut weights = Vec::with_capacity(taps * windows.len());
        for (_, exact) in &windows {
            let end = weights.len() + taps;
            weights.extend(fixed(exact));
            weights.resize(end, 0);
        }
        Self { starts, weights, taps, padded: vec![0; axis.source + taps] }
    }

    #[inline(always)]
    fn run(&mut self, row: &[u8], output: &mut [f32]) {
        self.padded.iter_mut().zip(row).for_each(|(wide, sample)| *wide = i16::from(*sample));
        let windows = self.starts.iter().zip(self.weights.chunks_exact(self.taps));
        for (out, (start, weights)) in output.iter_mut().zip(windows) {
            let samples = self.padded.get(*start..*start + self.taps).unwrap_or_default();
            *out = dot(samples, weights) as f32 * SCALE;
        }
    }
}

/// Weights as integers that sum to exactly one, so that a flat area keeps its value.
fn fixed(exact: &[f64]) -> Vec<i16> {
    let mut weights: Vec<i16> = exact.iter().map(|weight| (weight * ONE).round() as i16).collect();
    let sum: i32 = weights.iter().map(|weight| i32::from(*weight)).sum();
    let error = ONE as i32 - sum;
    if let Some(largest) = weights.iter_mut().max() {
        *largest = (i32::from(*largest) + error) as i16;
    }
    weights
}

#[inline(always)]
fn dot(samples: &[i16], weights: &[i16]) -> i32 {
    let (samples, _) = samples.as_chunks::<LANES>();
    let (weights, _) = weights.as_chunks::<LANES>();
    let mut sums = [0_i32; LANES / 2];
    for (samples, weights) in samples.iter().zip(weights) {
        for ((sum, pair), weight) in
            sums.iter_mut().zip(samples.as_chunks::<2>().0).zip(weights.as_chunks::<2>().0)
        {
            *sum += i32::from(pair[0]) * i32::from(weight[0]) + i32::from(pair[1]) * i32::from(weight[1]);
        }
    }
    sums.iter().sum()
}
