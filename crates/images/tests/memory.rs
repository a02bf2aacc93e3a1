//! What refusing a hostile file takes, and what an accepted one may take. One test, because the
//! allocator counts for the whole process.
#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "small test files whose sizes are known; nobody reads a test's documentation from outside"
)]

use std::time::Duration;

use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};
use selfsame_images::{Limits, Outputs, PictureError, Recipe, inspect, memory_estimate, process};

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

/// Within what a file that is no use may take.
fn cheaply(name: &str, bytes: &[u8]) -> Result<Outputs, PictureError> {
    let (result, peak, time) = measured(|| process(bytes, &Limits::default(), &Recipe::default()));
    assert!(peak < 64 << 20, "{name} took {peak} bytes");
    assert!(time < Duration::from_millis(100), "{name} took {time:?}");
    result
}

#[test]
fn refusals_are_cheap_and_accepted_pictures_stay_below_their_estimate() {
    for (name, bytes, _) in hostile::hostile_files() {
        assert!(cheaply(name, &bytes).is_err(), "{name}");
    }
    for (name, bytes) in hostile::overfull_files() {
        // Decoders may take or leave what is too much; it must not cost anything.
        let _ = cheaply(name, &bytes);
    }
    for (name, bytes) in large() {
        let (whole, ..) = measured(|| process(&bytes, &Limits::default(), &Recipe::default()));
        assert!(whole.is_ok(), "{name} is a picture");
        for cut in (1..40).map(|step| bytes.len() * step / 40).chain([bytes.len() - 9]) {
            assert!(cheaply(name, &bytes[..cut]).is_err(), "{name} cut to {cut} bytes");
        }
    }
    let resident = peak_resident();
    for (_, bytes, _) in hostile::hostile_files() {
        assert!(process(&bytes, &Limits::default(), &Recipe::default()).is_err());
    }
    assert!(peak_resident() - resident < 64 << 20);
    for (name, bytes) in accepted() {
        let estimate = memory_estimate(&inspect(&bytes, &Limits::default()).unwrap());
        let (result, peak, _) =
            measured(|| process(&bytes, &Limits::default(), &Recipe::default()));
        assert!(
            result.is_ok() && (peak as u64) < estimate,
            "{name} took {peak} of {estimate} bytes"
        );
    }
}

/// The most this process ever had in memory, in bytes (`proc(5)`).
fn peak_resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Twelve megapixels in each format, which take more than a refusal may when they are decoded.
fn large() -> Vec<(&'static str, Vec<u8>)> {
    let (width, height) = (4_000_u16, 3_000_u16);
    let size = (u32::from(width), u32::from(height));
    let grey: Vec<u8> =
        (0..size.0 * size.1).map(|at| (at % size.0 / 16 + at / size.0 / 12) as u8).collect();
    let (mut gif, mut webp) = (Vec::new(), Vec::new());
    let palette: Vec<u8> = (0..=255).flat_map(|level| [level; 3]).collect();
    let mut encoder = gif::Encoder::new(&mut gif, width, height, &palette).unwrap();
    encoder
        .write_frame(&gif::Frame::from_indexed_pixels(width, height, grey.clone(), None))
        .unwrap();
    drop(encoder);
    image_webp::WebPEncoder::new(&mut webp)
        .encode(&grey, size.0, size.1, image_webp::ColorType::L8)
        .unwrap();
    let png = png_of(png::ColorType::Grayscale, size, &grey);
    let whole = Recipe { original_side: 4_000, ..Recipe::default() };
    let jpeg = process(&png, &Limits::default(), &whole).unwrap().original.bytes;
    vec![("a large GIF", gif), ("a large WebP", webp), ("a large PNG", png), ("a large JPEG", jpeg)]
}

fn accepted() -> Vec<(&'static str, Vec<u8>)> {
    let names = [
        "baseline-420.jpg",
        "progressive.jpg",
        "animated.gif",
        "lossy-alpha.webp",
        "interlaced.png",
    ];
    let directory =
        std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("tests/pictures");
    let mut files: Vec<_> =
        names.map(|name| (name, std::fs::read(directory.join(name)).unwrap())).into();
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
    png_of(colour, (500, 500), &data)
}

fn png_of(colour: png::ColorType, (width, height): (u32, u32), data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}
