//! How much of an untrusted file is worth decoding.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::error::{Measure, PictureError};

/// Bounds that are checked from headers before anything is decoded.
///
/// The defaults held against about 960 hostile and odd files; a photo of any current telephone
/// passes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The whole file, in bytes. 10 MiB.
    pub bytes: usize,
    /// Either side, in pixels. 16,384.
    pub side: u32,
    /// Pixels of a baseline JPEG, which is shrunk while it is read. 64 million.
    pub baseline_pixels: u64,
    /// Pixels of everything else, of which more is held at once. 40 million.
    pub pixels: u64,
    /// Pixels of a PNG with 16 bits a sample. 20 million.
    pub deep_pixels: u64,
    /// Scans of a progressive or otherwise split JPEG. 32.
    pub scans: u32,
    /// The embedded ICC profile, unpacked, in bytes. 1 MiB.
    pub colour_profile: usize,
    /// What a decoder may allocate by itself, in bytes. 160 MiB.
    pub allocation: usize,
    /// Time that a processor works on one picture, from the first to the last step. 3 s; checked
    /// between rows, so it may be passed by the time one step takes.
    pub time: Duration,
    /// Time from the first to the last step by the clock on the wall: where it is over and
    /// [`Limits::time`] is not, the machine has too much to do, and the picture is not at fault. 30
    /// s.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 10 << 20,
            side: 16_384,
            baseline_pixels: 64_000_000,
            pixels: 40_000_000,
            deep_pixels: 20_000_000,
            scans: 32,
            colour_profile: 1 << 20,
            allocation: 160 << 20,
            time: Duration::from_secs(3),
            patience: Duration::from_secs(30),
        }
    }
}

pub(crate) fn at_most(what: Measure, actual: u64, limit: u64) -> Result<(), PictureError> {
    if actual > limit { Err(PictureError::TooLarge { what, limit, actual }) } else { Ok(()) }
}

/// When to give up. It counts what the thread that made it has worked, so it must not be carried to
/// another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    work: Duration,
    end: Option<Instant>,
}

impl Deadline {
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            work: worked().saturating_add(limits.time),
            end: Instant::now().checked_add(limits.patience),
        }
    }

    pub(crate) fn passed(self) -> bool {
        self.check().is_err()
    }

    pub(crate) fn check(self) -> Result<(), PictureError> {
        if worked() > self.work {
            Err(PictureError::Timeout)
        } else if self.end.is_some_and(|end| Instant::now() > end) {
            Err(PictureError::Starved)
        } else {
            Ok(())
        }
    }
}

/// How long this thread has had a processor.
fn worked() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
