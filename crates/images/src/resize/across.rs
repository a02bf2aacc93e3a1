//! Resizing one row.

use super::axis::Axis;
use crate::simd::vectorised;

/// Samples a step of the inner loop takes; windows are padded to a multiple of it.
const LANES: usize = 8;
/// One in the fixed-point weights: a weight may reach 2 and still be an `i16`.
const ONE: f64 = 16_384.0;
const SCALE: f32 = 1.0 / 16_384.0;

/// Resizes rows of one width.
#[derive(Clone, Debug)]
pub(super) enum Across {
    Copy { start: usize },
    Filter(Filter),
}

#[derive(Clone, Debug)]
pub(super) struct Filter {
    starts: Vec<usize>,
    weights: Vec<i16>,
    taps: usize,
    /// The source row as `i16`, with room behind it for the padding of the last windows.
    padded: Vec<i16>,
    /// Weighted sums, before they are scaled: that vectorises apart from the summing.
    sums: Vec<i32>,
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
        Self {
            starts,
            weights,
            taps,
            padded: vec![0; axis.source + taps],
            sums: vec![0; axis.output],
        }
    }

    fn run(&mut self, row: &[u8], output: &mut [f32]) {
        vectorised(
            #[inline(always)]
            || {
                for (wide, sample) in self.padded.iter_mut().zip(row) {
                    *wide = i16::from(*sample);
                }
                // Windows of the usual lengths are unrolled: twofold shrinking of a 12-megapixel
                // photo takes 12 taps.
                match self.taps {
                    8 => self.windows::<8>(),
                    16 => self.windows::<16>(),
                    24 => self.windows::<24>(),
                    32 => self.windows::<32>(),
                    _ => self.long_windows(),
                }
                for (out, sum) in output.iter_mut().zip(&self.sums) {
                    *out = *sum as f32 * SCALE;
                }
            },
        );
    }

    #[inline(always)]
    fn windows<const N: usize>(&mut self) {
        let (weights, _) = self.weights.as_chunks::<N>();
        for ((out, start), weights) in self.sums.iter_mut().zip(&self.starts).zip(weights) {
            if let Some(samples) = self.padded.get(*start..*start + N)
                && let Some(samples) = samples.first_chunk::<N>()
            {
                *out = dot(samples, weights);
            }
        }
    }

    #[inline(always)]
    fn long_windows(&mut self) {
        let windows = self.starts.iter().zip(self.weights.chunks_exact(self.taps));
        for (out, (start, weights)) in self.sums.iter_mut().zip(windows) {
            let Some(samples) = self.padded.get(*start..*start + self.taps) else { continue };
            let mut sum = 0;
            for (sample, weight) in samples.iter().zip(weights) {
                sum += i32::from(*sample) * i32::from(*weight);
            }
            *out = sum;
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

/// Written so that it becomes one multiply-and-add-pairs instruction for each 8 or 16 samples.
#[inline(always)]
fn dot<const N: usize>(samples: &[i16; N], weights: &[i16; N]) -> i32 {
    let mut products = [0; N];
    for (product, (sample, weight)) in products.iter_mut().zip(samples.iter().zip(weights)) {
        *product = i32::from(*sample) * i32::from(*weight);
    }
    let mut sum = 0;
    for product in products {
        sum += product;
    }
    sum
}
