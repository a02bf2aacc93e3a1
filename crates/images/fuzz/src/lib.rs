//! What every target does with a file once it has one.

use std::time::Duration;

use selfsame_images::{Crop, Format, Limits, Outputs, PictureError, Recipe, process};

/// Pixels a fuzzed picture may have: enough for every code path, few enough for many runs a second.
const PIXELS: u64 = 300_000;

/// The product's limits, except for the number of pixels. Time is the fuzzer's to watch: a machine
/// that stands still for a moment is no finding.
pub fn limits() -> Limits {
    Limits {
        pixels: PIXELS,
        baseline_pixels: PIXELS,
        deep_pixels: PIXELS,
        time: Duration::from_secs(3_600),
        ..Limits::default()
    }
}

/// One of a few recipes.
pub fn recipe(choice: u8) -> Recipe {
    let crop = (choice & 1 == 1).then_some(Crop { x: 0.2, y: 0.1, width: 0.5, height: 0.7 });
    let original_side = if choice & 2 == 2 { 40 } else { 2_048 };
    Recipe { original_side, medium_side: 30, thumbnail: Some(12), crop }
}

/// Processes a file; what comes out must be what was promised. A panic within reaches the fuzzer,
/// whose hook runs before `process` turns it into an error.
pub fn run(bytes: &[u8], recipe: &Recipe) -> Result<Outputs, PictureError> {
    let result = process(bytes, &limits(), recipe);
    if let Ok(outputs) = &result {
        assert!(outputs.width.max(outputs.height) <= recipe.original_side);
        for output in
            [Some(&outputs.original), Some(&outputs.medium), outputs.thumbnail.as_ref()].into_iter().flatten()
        {
            let format = Format::sniff(&output.bytes).expect("an output is a picture");
            assert_eq!(format.mime(), output.mime);
        }
    }
    result
}

/// A target that is only about one format: other files teach it nothing.
pub fn run_only(format: Format, bytes: &[u8]) -> bool {
    let wanted = Format::sniff(bytes) == Some(format);
    if wanted {
        let _ = run(bytes, &recipe(0));
    }
    wanted
}

/// A whole JPEG with segments of ours behind its start: `marker`, then the data.
pub fn with_segment(jpeg: &[u8], marker: u8, data: &[u8]) -> Vec<u8> {
    let data = &data[..data.len().min(65_533)];
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    let (start, rest) = jpeg.split_at(2);
    [start, &[0xff, marker], &length.to_be_bytes(), data, rest].concat()
}
