//! Colour spaces, depths, transparency.

use moxcms::ColorProfile;
use png::{BitDepth, ColorType};

use super::pictures::*;
use crate::Recipe;

fn flat_jpeg(colour: [u8; 3]) -> Vec<u8> {
    outputs(&png(32, 32, ColorType::Rgb, BitDepth::Eight, &colour.repeat(1024))).original.bytes
}

fn with_profile(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    let (first, second) = profile.split_at(profile.len() / 2);
    let part = |number, part: &[u8]| [b"ICC_PROFILE\0".as_slice(), &[number, 2], part].concat();
    with_segment(&with_segment(jpeg, 0xe2, &part(1, first)), 0xe2, &part(2, second))
}

fn middle(bytes: &[u8]) -> [u8; 3] {
    let pixels = Pixels::of(&outputs(bytes).original);
    let [r, g, b, _] = pixels.at(pixels.width / 4, pixels.height / 2);
    [r, g, b]
}

/// From the primaries and curves of the specifications (SMPTE EG 432-1, Adobe RGB (1998), IEC
/// 61966-2-1).
const KNOWN: [([u8; 3], [u8; 3], [u8; 3]); 4] = [
    ([200, 100, 50], [215, 93, 31], [227, 100, 42]),
    ([90, 160, 120], [61, 162, 117], [0, 161, 119]),
    ([128, 128, 128], [128, 128, 128], [129, 129, 129]),
    ([60, 90, 180], [50, 91, 186], [36, 90, 184]),
];

#[test]
fn a_wide_gamut_jpeg_is_converted_to_srgb() {
    let (p3, adobe) = (
        ColorProfile::new_display_p3().encode().unwrap(),
        ColorProfile::new_adobe_rgb().encode().unwrap(),
    );
    for (colour, from_p3, from_adobe) in KNOWN {
        let jpeg = flat_jpeg(colour);
        assert_near(&middle(&with_profile(&jpeg, &p3)), &from_p3, 4);
        assert_near(&middle(&with_profile(&jpeg, &adobe)), &from_adobe, 4);
    }
}

#[test]
fn a_wide_gamut_png_and_webp_are_converted_to_srgb() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let (colour, expected, _) = KNOWN[0];
    let png = png_with(32, 32, ColorType::Rgb, BitDepth::Eight, &colour.repeat(1024), |info| {
        info.icc_profile = Some(p3.clone().into());
    });
    assert_near(&middle(&png), &expected, 4);
    let pixels = [colour[0], colour[1], colour[2], 255].repeat(1024);
    let webp = webp_with(32, 32, &pixels, |encoder| encoder.set_icc_profile(p3.clone()));
    assert_near(&middle(&webp), &expected, 4);
}

#[test]
fn a_profile_that_amounts_to_srgb_changes_nothing() {
    let jpeg = flat_jpeg([200, 100, 50]);
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    assert_eq!(outputs(&with_profile(&jpeg, &srgb)), outputs(&jpeg));
}

#[test]
fn a_damaged_or_foreign_profile_is_left_out() {
    let jpeg = flat_jpeg([200, 100, 50]);
    let grey = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    for profile in [b"no profile at all".to_vec(), vec![0; 5000], grey] {
        assert_eq!(outputs(&with_profile(&jpeg, &profile)), outputs(&jpeg));
    }
}

#[test]
fn a_grey_profile_is_applied_to_a_grey_picture() {
    let profile = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let png = png_with(32, 32, ColorType::Grayscale, BitDepth::Eight, &[55; 1024], |info| {
        info.icc_profile = Some(profile.into());
    });
    // 55 / 255 of the light is 128 in sRGB.
    assert_near(&middle(&png), &[128; 3], 2);
}

#[test]
fn adobes_inverted_cmyk_and_ycck_become_the_colours_of_their_inks() {
    assert_near(&middle(sample!("cmyk.jpg")), &[0, 255, 255], 3);
    let right = Pixels::of(&outputs(sample!("cmyk.jpg")).original).at(48, 16);
    assert_near(&right[..3], &[191, 95, 0], 4);
    assert_near(&middle(sample!("ycck.jpg")), &[255, 0, 255], 3);
}

#[test]
fn every_chroma_sampling_and_the_progressive_form_give_the_same_picture() {
    let reference = Pixels::of(&outputs(sample!("baseline-444.jpg")).original);
    for bytes in
        [sample!("baseline-422.jpg"), sample!("baseline-420.jpg"), sample!("progressive.jpg")]
    {
        let pixels = Pixels::of(&outputs(bytes).original);
        let sum: u64 = pixels
            .rgba
            .concat()
            .iter()
            .zip(reference.rgba.concat())
            .map(|(a, b)| u64::from(a.abs_diff(b)))
            .sum();
        assert!(sum / (reference.rgba.len() as u64) < 12, "{sum}");
    }
}

#[test]
fn a_grey_picture_stays_a_grey_jpeg() {
    let grey = outputs(sample!("grey.jpg")).original;
    assert!(grey.bytes.windows(2).any(|pair| pair == [0xff, 0xc0]));
    let frame = grey.bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    assert_eq!(grey.bytes[frame + 9], 1, "one component");
    let rgb = png(8, 8, ColorType::Rgb, BitDepth::Eight, &[90; 192]);
    assert!(outputs(&rgb).original.bytes.len() < outputs(&quadrant_png(8, 8)).original.bytes.len());
}

#[test]
fn sixteen_bits_become_eight() {
    let data: Vec<u8> =
        (0..1024).flat_map(|_| [[200, 17], [100, 200], [50, 99]]).flatten().collect();
    let bytes = png(32, 32, ColorType::Rgb, BitDepth::Sixteen, &data);
    assert_near(&middle(&bytes), &[200, 100, 50], 3);
}

#[test]
fn palettes_of_every_depth_are_looked_up() {
    for (depth, per_byte, byte) in [
        (BitDepth::One, 8, 0xff_u8),
        (BitDepth::Two, 4, 0x55),
        (BitDepth::Four, 2, 0x11),
        (BitDepth::Eight, 1, 1),
    ] {
        let data = vec![byte; 32 / per_byte * 32];
        let bytes = png_with(32, 32, ColorType::Indexed, depth, &data, |info| {
            info.palette = Some(vec![0, 0, 0, 200, 100, 50].into());
        });
        assert_near(&middle(&bytes), &[200, 100, 50], 3);
    }
}

#[test]
fn a_transparent_palette_entry_makes_a_webp() {
    let data: Vec<u8> = (0..1024).map(|index| u8::from(index % 32 < 16)).collect();
    let bytes = png_with(32, 32, ColorType::Indexed, BitDepth::Eight, &data, |info| {
        info.palette = Some(vec![9, 9, 9, 200, 100, 50].into());
        info.trns = Some(vec![0, 255].into());
    });
    let outputs = outputs(&bytes);
    assert_eq!(outputs.original.mime, "image/webp");
    let pixels = Pixels::of(&outputs.original);
    assert_eq!((pixels.at(8, 8), pixels.at(24, 8)), ([200, 100, 50, 255], [0, 0, 0, 0]));
}

#[test]
fn transparency_is_kept_exactly_where_nothing_is_resized() {
    let pixels = Pixels::of(&outputs(&webp(40, 30, &rgba(40, 30))).original);
    for (index, (seen, sent)) in pixels.rgba.iter().zip(rgba(40, 30).as_chunks::<4>().0).enumerate()
    {
        let expected = if sent[3] == 0 { [0; 4] } else { *sent };
        assert_eq!(*seen, expected, "pixel {index}");
    }
}

#[test]
fn a_transparent_pixel_lends_its_colour_to_no_neighbour() {
    // Opaque red beside transparent green.
    let pixels: Vec<u8> = (0..6400)
        .flat_map(|at| if at % 80 < 40 { [255, 0, 0, 255] } else { [0, 255, 0, 0] })
        .collect();
    let recipe = Recipe { original_side: 33, ..Recipe::default() };
    let outputs = make(&webp(80, 80, &pixels), &recipe).unwrap();
    for encoded in [&outputs.original, &outputs.medium] {
        assert!(Pixels::of(encoded).rgba.iter().all(|[_, g, _, _]| *g == 0));
    }
}

#[test]
fn an_alpha_channel_that_hides_nothing_makes_a_jpeg() {
    let opaque: Vec<u8> =
        quadrants(20, 20).into_iter().flat_map(|[r, g, b]| [r, g, b, 255]).collect();
    assert_eq!(outputs(&webp(20, 20, &opaque)).original.mime, "image/jpeg");
    let grey = png(20, 20, ColorType::GrayscaleAlpha, BitDepth::Eight, &[120, 255].repeat(400));
    assert_eq!(outputs(&grey).original.mime, "image/jpeg");
    let hidden = png(20, 20, ColorType::GrayscaleAlpha, BitDepth::Eight, &[120, 128].repeat(400));
    let hidden = outputs(&hidden).original;
    assert_eq!((hidden.mime, Pixels::of(&hidden).at(3, 3)), ("image/webp", [120, 120, 120, 128]));
}
