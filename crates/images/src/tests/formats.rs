//! What each format becomes.

use super::pictures::*;
use crate::{Format, Limits, Recipe, inspect, memory_estimate};

#[test]
fn every_sample_is_recognised_by_content_and_processed() {
    for (name, bytes) in samples() {
        let format = Format::sniff(&bytes).unwrap();
        assert!(
            name.contains(&format!("{format:?}").to_uppercase()) || name.contains("WebP"),
            "{name}"
        );
        let header = inspect(&bytes, &Limits::default()).unwrap();
        let outputs = outputs(&bytes);
        assert_eq!((outputs.width, outputs.height), header.oriented_size(), "{name}");
        assert!(memory_estimate(&header) < 64 << 20, "{name}");
        assert!((5..40).contains(&outputs.placeholder.len()), "{name}");
        for encoded in [&outputs.original, &outputs.medium] {
            let written = Format::sniff(&encoded.bytes).unwrap();
            assert_eq!(
                (encoded.mime, encoded.extension),
                (written.mime(), written.extension()),
                "{name}"
            );
            Pixels::of(encoded);
        }
    }
}

#[test]
fn only_the_first_frame_of_an_animation_is_taken() {
    for bytes in [sample!("animated.gif"), sample!("animated.webp")] {
        let pixels = Pixels::of(&outputs(bytes).original);
        assert_near(&pixels.at(20, 20)[..3], &[200, 30, 40], 4);
    }
}

fn gif(screen: (u16, u16), frame: &gif::Frame<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder =
        gif::Encoder::new(&mut bytes, screen.0, screen.1, &[200, 100, 50, 10, 20, 30]).unwrap();
    encoder.write_frame(frame).unwrap();
    drop(encoder);
    bytes
}

#[test]
fn a_frame_smaller_than_the_screen_lies_on_transparency() {
    let frame = gif::Frame {
        left: 4,
        top: 6,
        width: 8,
        height: 8,
        buffer: vec![0; 64].into(),
        ..Default::default()
    };
    let original = outputs(&gif((20, 20), &frame)).original;
    let pixels = Pixels::of(&original);
    assert_eq!(
        (pixels.at(3, 6)[3], pixels.at(4, 6), pixels.at(11, 13)),
        (0, [200, 100, 50, 255], [200, 100, 50, 255])
    );
    assert_eq!((pixels.at(12, 13)[3], pixels.at(11, 14)[3]), (0, 0));
}

#[test]
fn a_frame_larger_than_the_screen_is_cut() {
    let frame = gif::Frame {
        left: 15,
        top: 15,
        width: 9,
        height: 9,
        buffer: vec![0; 81].into(),
        ..Default::default()
    };
    let pixels = Pixels::of(&outputs(&gif((20, 20), &frame)).original);
    assert_eq!((pixels.at(14, 15)[3], pixels.at(19, 19)), (0, [200, 100, 50, 255]));
}

#[test]
fn a_transparent_index_of_a_gif_makes_a_webp() {
    let buffer: Vec<u8> = (0..64).map(|index| index % 2).collect();
    let frame = gif::Frame {
        width: 8,
        height: 8,
        buffer: buffer.into(),
        transparent: Some(1),
        ..Default::default()
    };
    let original = outputs(&gif((8, 8), &frame)).original;
    let pixels = Pixels::of(&original);
    assert_eq!(
        (original.mime, pixels.at(0, 0), pixels.at(1, 0)),
        ("image/webp", [200, 100, 50, 255], [0; 4])
    );
}

#[test]
fn an_interlaced_png_is_put_together() {
    let straight = Pixels::of(&outputs(sample!("baseline-444.jpg")).original);
    let interlaced = Pixels::of(&outputs(sample!("interlaced.png")).original);
    let (a, b) = (straight.rgba.concat(), interlaced.rgba.concat());
    let sum: u64 = a.iter().zip(&b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    assert!(sum / (straight.rgba.len() as u64) < 12, "{sum}");
}

#[test]
fn the_same_picture_always_gives_the_same_bytes() {
    for (name, bytes) in samples() {
        assert_eq!(make(&bytes, &Recipe::default()), make(&bytes, &Recipe::default()), "{name}");
    }
}

#[test]
fn our_own_outputs_are_accepted_again() {
    for (name, bytes) in samples() {
        let outputs = outputs(&bytes);
        let again = make(&outputs.original.bytes, &Recipe::default());
        assert_eq!(
            again.map(|again| (again.width, again.height)),
            Ok((outputs.width, outputs.height)),
            "{name}"
        );
    }
}
