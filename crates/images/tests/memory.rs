//! What refusing a hostile file takes, and what an accepted one may take. One test, because the allocator counts
//! for the whole process.
#![allow(
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "small test files whose sizes are known; nobody reads a test's documentation from outside"
)]

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use selfsame_images::{Limits, Recipe, inspect, memory_estimate, process};

mod hostile;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Peak bytes over those held at the start, and processor-bound time.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize, Duration) {
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    let start = Instant::now();
    let result = work();
    let time = start.elapsed();
    (result, ALLOCATED.peak_usage().saturating_sub(before), time)
}

#[test]
fn refusals_are_cheap_and_accepted_pictures_stay_below_their_estimate() {
    for (name, bytes, _) in hostile::hostile_files() {
        let (result, peak, time) = measured(|| process(&bytes, &Limits::default(), &Recipe::default()));
        assert!(result.is_err(), "{name}");
        assert!(peak < 64 << 20, "{name} took {peak} bytes");
        assert!(time < Duration::from_millis(100), "{name} took {time:?}");
    }
    for name in ["baseline-420.jpg", "progressive.jpg", "animated.gif", "lossy-alpha.webp", "interlaced.png"]
    {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name);
        let bytes = std::fs::read(file).unwrap();
        let estimate = memory_estimate(&inspect(&bytes, &Limits::default()).unwrap());
        let (result, peak, _) = measured(|| process(&bytes, &Limits::default(), &Recipe::default()));
        assert!(result.is_ok() && (peak as u64) < estimate, "{name} took {peak} of {estimate} bytes");
    }
}
