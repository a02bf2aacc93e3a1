//! Files made to cost more than they are worth. `tests/memory.rs` measures what refusing them
//! takes.

use super::pictures::*;
use crate::{Limits, Measure, PictureError, Recipe, inspect};

#[path = "../../tests/hostile/mod.rs"]
mod files;
use files::{Refusal, hostile_files, overfull_files, png_bomb};

#[test]
fn hostile_files_are_refused_with_the_right_reason() {
    for (name, bytes, expected) in hostile_files() {
        let refused = make(&bytes, &Recipe::default()).unwrap_err();
        let right = match expected {
            Refusal::TooLarge => matches!(refused, PictureError::TooLarge { .. }),
            Refusal::Invalid => matches!(refused, PictureError::Invalid(_)),
        };
        assert!(right, "{name}: {refused:?}");
    }
}

#[test]
fn a_packed_profile_bomb_is_too_large() {
    let bytes = png_bomb();
    let error = inspect(&bytes, &Limits::default()).unwrap_err();
    assert!(
        matches!(error, PictureError::TooLarge { what: Measure::ColourProfile, .. }),
        "{error:?}"
    );
}

#[test]
fn what_no_picture_needs_is_passed_over_or_refused() {
    let refused: Vec<&str> = overfull_files()
        .into_iter()
        .filter_map(|(name, bytes)| make(&bytes, &Recipe::default()).is_err().then_some(name))
        .collect();
    assert_eq!(refused, ["PNG of empty parts"]);
}

#[test]
fn an_endless_animation_costs_its_first_frame() {
    let mut bytes = sample!("animated.gif").to_vec();
    let frame = bytes.windows(3).position(|part| part == [0, 0x21, 0xf9]).unwrap() + 1;
    let rest = bytes[frame..bytes.len() - 1].to_vec();
    for _ in 0..20_000 {
        bytes.extend(&rest);
    }
    assert_eq!(outputs(&bytes).original, outputs(sample!("animated.gif")).original);
}
