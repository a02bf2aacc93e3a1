//! Which pictures are refused, and with which text.

use super::pictures::*;
use crate::{Format, Limits, Measure, PictureError, Recipe, inspect, process};

#[test]
fn other_files_are_unsupported_whatever_they_are_called() {
    let others: [&[u8]; 9] = [
        b"",
        b"\xff\xd8",
        b"BM\x36\0\0\0",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\0\x08\0\0\0",
        b"\0\0\0\x20ftypavif",
        b"GIF80a",
        b"RIFF\0\0\0\0WAVE",
    ];
    for other in others {
        assert_eq!(Format::sniff(other), None);
        assert_eq!(
            process(other, &Limits::default(), &Recipe::default()),
            Err(PictureError::Unsupported)
        );
    }
}

#[test]
fn a_truncated_file_is_refused_wherever_it_is_cut() {
    for (name, bytes) in samples() {
        let needed = needed(name, &bytes);
        for cut in (0..200).map(|step| step * needed / 200) {
            let result = make(&bytes[..cut], &Recipe::default());
            let refused =
                matches!(result, Err(PictureError::Invalid(_) | PictureError::Unsupported));
            assert!(refused, "{name} cut to {cut} of {} bytes", bytes.len());
        }
    }
}

/// The bytes without which a file is not whole: the end marks of JPEG and PNG count, those of GIF,
/// later frames and the last checksum don't.
fn needed(name: &str, bytes: &[u8]) -> usize {
    match name {
        "animated GIF" => bytes.windows(3).position(|part| part == [0, 0x21, 0xf9]).unwrap(),
        _ if name.contains("PNG") => bytes.len() - 4,
        _ => bytes.len(),
    }
}

#[test]
fn limits_are_named_with_what_was_found() {
    let jpeg = quadrant_jpeg(48, 32);
    let refused = |change: fn(&mut Limits), bytes: &[u8]| {
        let mut limits = Limits::default();
        change(&mut limits);
        inspect(bytes, &limits).unwrap_err()
    };
    let too_large = |what, limit, actual| PictureError::TooLarge { what, limit, actual };
    let length = jpeg.len() as u64;
    assert_eq!(refused(|limits| limits.bytes = 100, &jpeg), too_large(Measure::Bytes, 100, length));
    assert_eq!(refused(|limits| limits.side = 47, &jpeg), too_large(Measure::Side, 47, 48));
    assert_eq!(
        refused(|limits| limits.baseline_pixels = 1000, &jpeg),
        too_large(Measure::Pixels, 1000, 1536)
    );
    assert_eq!(
        refused(|limits| limits.pixels = 1000, &quadrant_png(48, 32)),
        too_large(Measure::Pixels, 1000, 1536)
    );
    assert_eq!(
        refused(|limits| limits.pixels = 1000, sample!("progressive.jpg")),
        too_large(Measure::Pixels, 1000, 5917)
    );
    assert_eq!(
        refused(|limits| limits.scans = 5, sample!("progressive.jpg")),
        too_large(Measure::Scans, 5, 6)
    );
    let profile =
        with_segment(&jpeg, 0xe2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), &[7; 300]].concat());
    assert_eq!(
        refused(|limits| limits.colour_profile = 299, &profile),
        too_large(Measure::ColourProfile, 299, 300)
    );
}

#[test]
fn a_deadline_that_has_passed_is_a_timeout() {
    let limits = Limits { time: std::time::Duration::ZERO, ..Limits::default() };
    for (name, bytes) in samples() {
        assert_eq!(
            process(&bytes, &limits, &Recipe::default()),
            Err(PictureError::Timeout),
            "{name}"
        );
    }
}

#[test]
fn a_picture_that_waits_for_a_processor_is_not_at_fault() {
    let limits = Limits { patience: std::time::Duration::ZERO, ..Limits::default() };
    for (name, bytes) in samples() {
        assert_eq!(
            process(&bytes, &limits, &Recipe::default()),
            Err(PictureError::Starved),
            "{name}"
        );
    }
}

#[test]
fn every_error_says_what_to_do() {
    let errors = [
        PictureError::Unsupported,
        PictureError::TooLarge { what: Measure::Side, limit: 16_384, actual: 60_000 },
        PictureError::Invalid("the file ends too early"),
        PictureError::Timeout,
        PictureError::Starved,
    ];
    for error in errors {
        assert!(
            error.to_string().contains("end a smaller")
                || error.to_string().contains("Send this one again")
                || error.to_string().contains("Save it")
                || error.to_string().contains("save it")
        );
    }
    let text = errors_text();
    assert_eq!(
        text,
        "This picture is too large: its longer side in pixels is 60000, and 16384 is allowed. Send a smaller version of it."
    );
}

fn errors_text() -> String {
    PictureError::TooLarge { what: Measure::Side, limit: 16_384, actual: 60_000 }.to_string()
}

#[test]
fn rare_kinds_of_jpeg_are_refused_as_such() {
    let jpeg = quadrant_jpeg(16, 16);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    for marker in [0xc3, 0xc5, 0xc9, 0xca, 0xcb] {
        let mut other = jpeg.clone();
        other[frame + 1] = marker;
        assert_eq!(
            make(&other, &Recipe::default()),
            Err(PictureError::Invalid("it is a rare kind of JPEG"))
        );
    }
    let mut deep = jpeg;
    deep[frame + 4] = 12;
    assert_eq!(
        make(&deep, &Recipe::default()),
        Err(PictureError::Invalid("it is a rare kind of JPEG"))
    );
}
