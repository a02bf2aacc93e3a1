//! Whatever bytes come, there is an answer and no panic: these tests run the pipeline without its
//! net.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::pictures::*;
use crate::process::run;
use crate::{Crop, Limits, Recipe};

fn small() -> (Limits, Recipe) {
    let limits = Limits {
        pixels: 100_000,
        baseline_pixels: 100_000,
        deep_pixels: 100_000,
        ..Limits::default()
    };
    (limits, Recipe { original_side: 50, medium_side: 20, thumbnail: Some(10), crop: None })
}

fn feed(bytes: &[u8]) {
    let (limits, recipe) = small();
    if let Ok(outputs) = run(bytes, &limits, &recipe) {
        assert!(outputs.width.max(outputs.height) <= 50);
    }
}

/// The files of a folder of `fuzz/`.
fn fuzzed(folder: &str) -> Vec<Vec<u8>> {
    let directory = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("fuzz")
        .join(folder);
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn what_fuzzing_found_interesting_never_panics() {
    for format in ["jpeg", "png", "gif", "webp", "inspect"] {
        let files = fuzzed(&format!("corpus/{format}"));
        assert!(files.len() > 20, "{format}: {}", files.len());
        for file in files {
            feed(&file);
        }
    }
    // The first byte is the target's own choice of a recipe.
    for file in fuzzed("corpus/process") {
        feed(file.get(1..).unwrap_or_default());
    }
}

#[test]
fn no_exif_and_no_profile_that_fuzzing_found_is_a_reason_to_refuse_a_picture() {
    let block = |kind: &[u8], data: &[u8]| [kind, data].concat();
    let exif = fuzzed("corpus/exif").into_iter().map(|data| (0xe1, block(b"Exif\0\0", &data)));
    let profile = fuzzed("corpus/profile")
        .into_iter()
        .map(|data| (0xe2, block(b"ICC_PROFILE\0\x01\x01", &data[1..])));
    for (marker, segment) in exif.chain(profile) {
        for picture in [sample!("baseline-420.jpg"), sample!("grey.jpg"), sample!("cmyk.jpg")] {
            outputs(&with_segment(picture, marker, &segment));
        }
    }
}

#[test]
fn what_fuzzing_once_broke_is_refused() {
    let files = fuzzed("regressions");
    assert!(!files.is_empty());
    for file in files {
        let (limits, recipe) = small();
        assert!(run(&file, &limits, &recipe).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes_behind_any_signature_never_panic(bytes in vec(any::<u8>(), 0..400), format in 0..5_usize) {
        let signatures: [&[u8]; 5] = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x90\x01\0\0WEBP"];
        feed(&[signatures[format], &bytes].concat());
    }

    #[test]
    fn changed_bytes_never_panic(sample in any::<Index>(), changes in vec((any::<Index>(), any::<u8>()), 1..12)) {
        let samples = samples();
        let (_, mut bytes) = samples[sample.index(samples.len())].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        feed(&bytes);
    }

    #[test]
    fn moved_and_repeated_parts_never_panic(
        sample in any::<Index>(), from in any::<Index>(), length in 0..200_usize, to in any::<Index>(),
    ) {
        let samples = samples();
        let (_, bytes) = &samples[sample.index(samples.len())];
        let from = from.index(bytes.len());
        let part = &bytes[from..(from + length).min(bytes.len())];
        let (head, tail) = bytes.split_at(to.index(bytes.len()));
        feed(&[head, part, tail].concat());
    }

    #[test]
    fn any_recipe_is_served(
        sides in (0..70_u32, 0..70_u32, proptest::option::of(0..70_u32)),
        crop in proptest::option::of((any::<f64>(), any::<f64>(), -1.0..2.0, -1.0..2.0)),
        orientation in 0..10_u16,
    ) {
        let crop = crop.map(|(x, y, width, height)| Crop { x, y, width, height });
        let recipe = Recipe { original_side: sides.0, medium_side: sides.1, thumbnail: sides.2, crop };
        let outputs = make(&with_exif(sample!("baseline-420.jpg"), orientation), &recipe).unwrap();
        prop_assert!(outputs.width.max(outputs.height) <= sides.0.max(1));
        prop_assert!(outputs.medium.width.max(outputs.medium.height) <= sides.1.max(1));
        Pixels::of(&outputs.original);
    }
}
