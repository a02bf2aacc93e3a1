//! What must not travel in an output.

use png::{BitDepth, ColorType};

use super::pictures::*;
use crate::{Encoded, Outputs};

const SECRET: &[u8] = b"SECRET-LOCATION";

fn files(outputs: &Outputs) -> Vec<&Encoded> {
    [Some(&outputs.original), Some(&outputs.medium), outputs.thumbnail.as_ref()]
        .into_iter()
        .flatten()
        .collect()
}

fn assert_clean(bytes: &[u8]) {
    assert!(bytes.windows(SECRET.len()).any(|part| part == SECRET), "the upload has it");
    let outputs = outputs(bytes);
    for encoded in files(&outputs) {
        assert!(!encoded.bytes.windows(6).any(|part| SECRET.starts_with(part)));
        match encoded.mime {
            "image/jpeg" => assert_bare_jpeg(&encoded.bytes),
            _ => {
                assert_eq!(
                    encoded.bytes.get(12..16),
                    Some(b"VP8L".as_slice()),
                    "one chunk, and no container"
                );
            }
        }
    }
}

/// Only what decoding needs: JFIF, tables, frame, one scan.
fn assert_bare_jpeg(bytes: &[u8]) {
    let mut at = 2;
    let mut markers = Vec::new();
    while bytes[at + 1] != 0xda {
        markers.push(bytes[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    }
    assert!(markers.iter().all(|marker| [0xe0, 0xdb, 0xc0, 0xc4].contains(marker)), "{markers:x?}");
    assert!(bytes.ends_with(&[0xff, 0xd9]));
}

#[test]
fn a_jpeg_loses_exif_xmp_iptc_comments_profiles_and_trailers() {
    let plain = quadrant_jpeg(48, 32);
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), SECRET].concat();
    let profile = [b"ICC_PROFILE\0\x01\x01".as_slice(), SECRET].concat();
    let iptc = [b"Photoshop 3.0\x008BIM".as_slice(), SECRET].concat();
    let blocks = [
        (0xe1, xmp),
        (0xe2, profile),
        (0xed, iptc),
        (0xfe, SECRET.to_vec()),
        (0xe9, SECRET.to_vec()),
    ];
    for (marker, data) in blocks {
        assert_clean(&with_segment(&plain, marker, &data));
    }
    assert_clean(&with_exif(&plain, 6));
    assert_clean(&[plain, SECRET.to_vec()].concat());
}

#[test]
fn a_png_loses_text_exif_and_trailers() {
    let pixels = quadrants(20, 20).concat();
    let text = png_with(20, 20, ColorType::Rgb, BitDepth::Eight, &pixels, |info| {
        let text = String::from_utf8(SECRET.to_vec()).unwrap();
        info.uncompressed_latin1_text.push(png::text_metadata::TEXtChunk::new("Comment", text));
    });
    assert_clean(&text);
    assert_clean(&png_with(20, 20, ColorType::Rgb, BitDepth::Eight, &pixels, |info| {
        info.exif_metadata = Some(exif(3, true).into());
    }));
    assert_clean(&[quadrant_png(20, 20), SECRET.to_vec()].concat());
}

#[test]
fn a_webp_loses_exif_and_xmp() {
    for pixels in [rgba(20, 20), [1, 2, 3, 255].repeat(400)] {
        assert_clean(&webp_with(20, 20, &pixels, |encoder| {
            encoder.set_exif_metadata(exif(8, false));
        }));
        assert_clean(&webp_with(20, 20, &pixels, |encoder| {
            encoder.set_xmp_metadata(SECRET.to_vec());
        }));
    }
}

#[test]
fn a_gif_loses_its_comments() {
    let bytes = sample!("animated.gif");
    let palette = 3 << ((bytes[10] & 7) + 1);
    let (head, rest) = bytes.split_at(13 + palette);
    let comment = [&[0x21, 0xfe, SECRET.len() as u8], SECRET, &[0]].concat();
    assert_clean(&[head, &comment, rest].concat());
}

#[test]
fn colours_under_full_transparency_are_gone() {
    let pixels: Vec<u8> =
        (0..400).flat_map(|at| [77, 88, 99, if at < 200 { 0 } else { 255 }]).collect();
    let outputs = outputs(&webp(20, 20, &pixels));
    for encoded in files(&outputs) {
        assert!(Pixels::of(encoded).rgba.iter().all(|pixel| pixel[3] > 0 || *pixel == [0; 4]));
    }
}
