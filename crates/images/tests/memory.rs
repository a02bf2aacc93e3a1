//! What refusing a hostile file takes, and what an accepted one may take. One test, because the allocator counts
//! for the whole process.
#![allow(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    missing_docs,
    reason = "small test files whose sizes are known; nobody reads a test's documentation from outside"
)]

use std::time::Duration;

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};
use selfsame_images::{Limits, Recipe, inspect, memory_estimate, process};

mod hostile;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Peak bytes over those held at the start, and this thread's processor time.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize, Duration) {
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    let start = processor_time();
    let result = work();
    let time = processor_time().saturating_sub(start);
    (result, ALLOCATED.peak_usage().saturating_sub(before), time)
}

/// Not the wall's: other tests and builds run beside this one.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

#[test]
fn refusals_are_cheap_and_accepted_pictures_stay_below_their_estimate() {
    for (name, bytes, _) in hostile::hostile_files() {
        let (result, peak, time) = measured(|| process(&bytes, &Limits::default(), &Recipe::default()));
        assert!(result.is_err(), "{name}");
        assert!(peak < 64 << 20, "{name} took {peak} bytes");
        assert!(time < Duration::from_millis(100), "{name} took {time:?}");
    }
    for (name, bytes) in accepted() {
        let estimate = memory_estimate(&inspect(&bytes, &Limits::default()).unwrap());
        let (result, peak, _) = measured(|| process(&bytes, &Limits::default(), &Recipe::default()));
        assert!(result.is_ok() && (peak as u64) < estimate, "{name} took {peak} of {estimate} bytes");
    }
}

fn accepted() -> Vec<(&'static str, Vec<u8>)> {
    let names = ["baseline-420.jpg", "progressive.jpg", "animated.gif", "lossy-alpha.webp", "interlaced.png"];
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let mut files: Vec<_> = names.map(|name| (name, std::fs::read(directory.join(name)).unwrap())).into();
    files.push(("noise", noise(png::ColorType::Rgb)));
    files.push(("noise with alpha", noise(png::ColorType::Rgba)));
    files
}

/// What compresses least, and so takes most.
fn noise(colour: png::ColorType) -> Vec<u8> {
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let data: Vec<u8> = (0..500 * 500 * colour.samples()).map(|_| random()).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 500, 500);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    bytes
}
