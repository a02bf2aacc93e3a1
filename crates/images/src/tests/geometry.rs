//! Orientation, sizes, crops.

use png::{BitDepth, ColorType};

use super::pictures::*;
use crate::{Crop, Limits, Recipe, inspect};

/// Upright quadrants for each EXIF value, of a stored picture of red, green, blue, white.
const UPRIGHT: [(u16, [[u8; 3]; 4]); 8] = [
    (1, [RED, GREEN, BLUE, WHITE]),
    (2, [GREEN, RED, WHITE, BLUE]),
    (3, [WHITE, BLUE, GREEN, RED]),
    (4, [BLUE, WHITE, RED, GREEN]),
    (5, [RED, BLUE, GREEN, WHITE]),
    (6, [BLUE, RED, WHITE, GREEN]),
    (7, [WHITE, GREEN, BLUE, RED]),
    (8, [GREEN, WHITE, RED, BLUE]),
];

fn assert_upright(bytes: &[u8], orientation: u16, stored: (u32, u32), recipe: &Recipe) {
    let outputs = make(bytes, recipe).unwrap();
    let expected = UPRIGHT[usize::from(orientation) - 1].1;
    for encoded in [Some(&outputs.original), Some(&outputs.medium), outputs.thumbnail.as_ref()]
        .into_iter()
        .flatten()
    {
        for (seen, expected) in Pixels::of(encoded).quadrants().iter().zip(&expected) {
            // Ringing of 16-pixel thumbnails, and their coding.
            assert_near(seen, expected, 40);
        }
    }
    let (width, height) = if orientation > 4 { (stored.1, stored.0) } else { stored };
    assert_eq!(inspect(bytes, &Limits::default()).unwrap().oriented_size(), (width, height));
}

fn small() -> Recipe {
    Recipe { original_side: 40, medium_side: 24, thumbnail: Some(16), crop: None }
}

#[test]
fn every_orientation_of_a_jpeg_is_upright_in_every_output() {
    for (orientation, _) in UPRIGHT {
        for size in [(96, 64), (97, 61), (33, 35)] {
            let bytes = with_exif(&quadrant_jpeg(size.0, size.1), orientation);
            assert_upright(&bytes, orientation, size, &small());
            assert_upright(&bytes, orientation, size, &Recipe::default());
        }
    }
}

#[test]
fn every_orientation_of_a_png_is_upright() {
    for (orientation, _) in UPRIGHT {
        let pixels = quadrants(51, 40).concat();
        let bytes = png_with(51, 40, ColorType::Rgb, BitDepth::Eight, &pixels, |info| {
            info.exif_metadata = Some(exif(orientation, true).into());
        });
        assert_upright(&bytes, orientation, (51, 40), &small());
    }
}

#[test]
fn every_orientation_of_a_webp_is_upright() {
    for (orientation, _) in UPRIGHT {
        let opaque: Vec<u8> =
            quadrants(51, 40).into_iter().flat_map(|[r, g, b]| [r, g, b, 255]).collect();
        let bytes = webp_with(51, 40, &opaque, |encoder| {
            encoder.set_exif_metadata(exif(orientation, false));
        });
        assert_upright(&bytes, orientation, (51, 40), &small());
    }
}

#[test]
fn turning_an_odd_picture_does_not_move_its_chroma() {
    let stored = sample!("baseline-420.jpg");
    let plain = Pixels::of(&outputs(stored).original);
    let turned = Pixels::of(&outputs(&with_exif(stored, 3)).original);
    let difference: u64 =
        plain.rgba.iter().zip(turned.rgba.iter().rev()).map(|(a, b)| difference(*a, *b)).sum();
    assert!(difference / (plain.rgba.len() as u64) < 3, "{difference}");
}

fn difference(a: [u8; 4], b: [u8; 4]) -> u64 {
    a.iter().zip(&b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() / 3
}

#[test]
fn a_damaged_exif_block_means_upright() {
    let jpeg = quadrant_jpeg(32, 32);
    for cut in 0..exif(6, true).len() {
        let block = [b"Exif\0\0".as_slice(), &exif(6, true)[..cut]].concat();
        let header = inspect(&with_segment(&jpeg, 0xe1, &block), &Limits::default()).unwrap();
        assert!(!header.orientation.transposed || cut >= 32, "{cut}");
    }
    for value in [0, 9, 0xffff] {
        assert_upright(&with_exif(&jpeg, value), 1, (32, 32), &small());
    }
}

#[test]
fn sides_are_shrunk_to_the_recipe_and_never_enlarged() {
    let cases = [
        ((400, 100), (200, 50), (64, 16), 16),
        ((100, 400), (50, 200), (16, 64), 16),
        ((60, 60), (60, 60), (60, 60), 32),
        ((10, 7), (10, 7), (10, 7), 7),
        ((1, 1), (1, 1), (1, 1), 1),
        ((900, 1), (200, 1), (64, 1), 1),
    ];
    for ((width, height), original, medium, thumbnail) in cases {
        let recipe =
            Recipe { original_side: 200, medium_side: 64, thumbnail: Some(32), crop: None };
        let outputs = make(&quadrant_png(width, height), &recipe).unwrap();
        let thumb = outputs.thumbnail.unwrap();
        assert_eq!((outputs.original.width, outputs.original.height), original);
        assert_eq!((outputs.width, outputs.height), original);
        assert_eq!((outputs.medium.width, outputs.medium.height), medium);
        // The medium picture is too low for the first two, so their squares come from the original.
        let side = if original.0 * original.1 == 10_000 { 32 } else { thumbnail };
        assert_eq!((thumb.width, thumb.height), (side, side), "{width}x{height}");
    }
}

#[test]
fn a_recipe_without_a_thumbnail_makes_none() {
    let recipe = Recipe { thumbnail: None, ..Recipe::default() };
    assert_eq!(make(&quadrant_png(8, 8), &recipe).unwrap().thumbnail, None);
}

#[test]
fn a_crop_is_cut_from_the_upright_picture() {
    // Upright, orientation 6 has blue, red, white, green.
    let corners = [((0.0, 0.0), BLUE), ((0.5, 0.0), RED), ((0.0, 0.5), WHITE), ((0.5, 0.5), GREEN)];
    let stored = with_exif(&quadrant_jpeg(96, 64), 6);
    for ((x, y), colour) in corners {
        for side in [2048, 20] {
            let crop = Some(Crop { x, y, width: 0.5, height: 0.5 });
            let outputs =
                make(&stored, &Recipe { original_side: side, crop, ..Recipe::default() }).unwrap();
            if side == 2048 {
                assert_eq!((outputs.width, outputs.height), (32, 48));
            }
            let pixels = Pixels::of(&outputs.original);
            let middle = pixels.at(pixels.width / 2, pixels.height / 2);
            assert_near(&middle[..3], &colour, 8);
        }
    }
}

#[test]
fn a_crop_out_of_bounds_is_brought_back() {
    let odd = [
        (2.0, 2.0, 1.0, 1.0),
        (-1.0, -1.0, 0.0, 0.0),
        (f64::NAN, 0.0, f64::NAN, 1.0),
        (0.0, 0.0, 1e300, -5.0),
    ];
    for (x, y, width, height) in odd {
        let crop = Some(Crop { x, y, width, height });
        let outputs = make(&quadrant_png(20, 10), &Recipe { crop, ..Recipe::default() }).unwrap();
        assert!(
            outputs.width >= 1
                && outputs.width <= 20
                && outputs.height >= 1
                && outputs.height <= 10
        );
    }
}

#[test]
fn shrinking_keeps_flat_areas_exact_and_edges_sharp() {
    let data: Vec<u8> =
        (0..300).flat_map(|_| (0..300).map(|x| if x < 150 { 40 } else { 200 })).collect();
    let bytes = png(300, 300, ColorType::Grayscale, BitDepth::Eight, &data);
    let outputs = make(&bytes, &Recipe { original_side: 100, ..Recipe::default() }).unwrap();
    let pixels = Pixels::of(&outputs.original);
    assert_near(&pixels.at(20, 50)[..1], &[40], 1);
    assert_near(&pixels.at(80, 50)[..1], &[200], 1);
    assert!(pixels.at(47, 50)[0] < 70 && pixels.at(52, 50)[0] > 170);
}
