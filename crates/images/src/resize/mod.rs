//! Resizing a plane while its rows arrive.
//!
//! Each row is resized across at once, and only as many of these are kept as one output row needs.
//! So a large picture never lies in memory as a whole.

mod across;
mod axis;

pub(crate) use axis::{Axis, Span};

use crate::plane::Plane;
use crate::simd::vectorised;
use across::Across;

/// Columns that one step of the vertical filter holds in registers.
const BLOCK: usize = 32;

/// Takes the rows of one component from the top and makes the resized plane.
#[derive(Clone, Debug)]
pub(crate) struct Shrinker {
    work: Work,
    next_source: usize,
    next_output: usize,
    output: Plane,
}

#[derive(Clone, Debug)]
enum Work {
    Copy { left: usize, top: usize },
    Filter(Box<Filter>),
}

#[derive(Clone, Debug)]
struct Filter {
    across: Across,
    down: Vec<(usize, Vec<f32>)>,
    /// The last `depth` rows, resized across; source row `y` is in slot `y % depth`.
    ring: Vec<f32>,
    depth: usize,
    stride: usize,
}

impl Shrinker {
    pub(crate) fn new(x: Axis, y: Axis) -> Self {
        let work = match (x.copies_from(), y.copies_from()) {
            (Some(left), Some(top)) => Work::Copy { left, top },
            _ => Work::Filter(Box::new(Filter::new(x, y))),
        };
        Self { work, next_source: 0, next_output: 0, output: Plane::new(x.output, y.output) }
    }

    pub(crate) fn run(mut self, source: &Plane) -> Plane {
        source.rows().for_each(|row| self.push(row));
        self.output
    }

    /// Whether samples pass through unchanged.
    pub(crate) const fn copies(&self) -> bool {
        matches!(self.work, Work::Copy { .. })
    }

    /// Whether no further row changes the output.
    pub(crate) const fn is_done(&self) -> bool {
        self.next_output >= self.output.height
    }

    pub(crate) fn push(&mut self, row: &[u8]) {
        let y = self.next_source;
        self.next_source += 1;
        if self.is_done() {
            return;
        }
        match &mut self.work {
            Work::Copy { left, top } => {
                if y >= *top {
                    let width = self.output.width;
                    let source = row.get(*left..*left + width).unwrap_or_default();
                    copy_row(&mut self.output, self.next_output, source);
                    self.next_output += 1;
                }
            }
            Work::Filter(filter) => filter.push(y, row, &mut self.next_output, &mut self.output),
        }
    }

    /// The finished plane; `None` while rows are missing.
    pub(crate) fn finish(self) -> Option<Plane> {
        self.is_done().then_some(self.output)
    }
}

fn copy_row(plane: &mut Plane, y: usize, source: &[u8]) {
    if let Some(row) = plane.rows_mut().nth(y) {
        row.iter_mut().zip(source).for_each(|(out, sample)| *out = *sample);
    }
}

impl Filter {
    fn new(x: Axis, y: Axis) -> Self {
        let down: Vec<(usize, Vec<f32>)> = y
            .windows()
            .into_iter()
            .map(|(start, weights)| {
                (start, weights.into_iter().map(|weight| weight as f32).collect())
            })
            .collect();
        let depth = down.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
        let stride = x.output.next_multiple_of(BLOCK);
        Self { across: Across::new(x), down, ring: vec![0.0; depth * stride], depth, stride }
    }

    fn push(&mut self, y: usize, row: &[u8], next: &mut usize, output: &mut Plane) {
        if self.down.get(*next).is_none_or(|(start, _)| y < *start) {
            return;
        }
        let slot = (y % self.depth) * self.stride;
        let Some(kept) = self.ring.get_mut(slot..slot + output.width) else { return };
        self.across.run(row, kept);
        while let Some((start, weights)) = self.down.get(*next)
            && start + weights.len() <= y + 1
        {
            if let Some(out) = output.rows_mut().nth(*next) {
                self.blend(*start, weights, out);
            }
            *next += 1;
        }
    }

    fn blend(&self, start: usize, weights: &[f32], output: &mut [u8]) {
        let rows: Vec<(&[f32], f32)> = weights
            .iter()
            .enumerate()
            .filter_map(|(index, weight)| {
                let slot = ((start + index) % self.depth) * self.stride;
                Some((self.ring.get(slot..slot + self.stride)?, *weight))
            })
            .collect();
        vectorised(
            #[inline(always)]
            || {
                for (block, out) in output.chunks_mut(BLOCK).enumerate() {
                    let sums = weigh(&rows, block * BLOCK);
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out = round(sum);
                    }
                }
            },
        );
    }
}

#[inline(always)]
fn weigh(rows: &[(&[f32], f32)], from: usize) -> [f32; BLOCK] {
    let mut sums = [0.0_f32; BLOCK];
    for (row, weight) in rows {
        let Some(block) = row.get(from..from + BLOCK) else { continue };
        for (sum, sample) in sums.iter_mut().zip(block) {
            *sum += sample * weight;
        }
    }
    sums
}

/// Rounds and clamps. Adding 2^23 leaves the rounded integer in the low bits, which vectorises
/// where a saturating cast does not.
#[inline(always)]
fn round(value: f32) -> u8 {
    let clamped = value.clamp(0.0, 255.0);
    (clamped + 8_388_608.0).to_bits() as u8
}
