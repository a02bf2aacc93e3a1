//! The whole pipeline. The first byte chooses a recipe; the fuzzer's panic hook sees what `process` would hide.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selfsame_images::{Crop, Format, Limits, Recipe, process};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let crop = (choice & 1 == 1).then_some(Crop { x: 0.2, y: 0.1, width: 0.5, height: 0.7 });
    let original_side = if choice & 2 == 2 { 40 } else { 2_048 };
    let recipe = Recipe { original_side, medium_side: 30, thumbnail: Some(12), crop };
    let pixels = 300_000;
    let limits = Limits { pixels, baseline_pixels: pixels, deep_pixels: pixels, ..Limits::default() };
    if let Ok(outputs) = process(bytes, &limits, &recipe) {
        assert!(outputs.width.max(outputs.height) <= original_side);
        assert!(Format::sniff(&outputs.original.bytes).is_some());
    }
});
