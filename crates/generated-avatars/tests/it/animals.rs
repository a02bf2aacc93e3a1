//! What every animal must keep, whatever its seed.

use std::collections::HashSet;

use resvg::tiny_skia::Pixmap;
use resvg::usvg::{Options, Tree};
use selfsame_generated_avatars::{Animal, Svg, animal, rasterise};

const SEEDS: [[u8; 16]; 4] = [[0; 16], [1; 16], [77; 16], [255; 16]];

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn pixels(svg: &Svg, size: u32) -> Pixmap {
    Pixmap::decode_png(&rasterise(svg, size).unwrap()).unwrap()
}

#[test]
fn there_are_at_least_64_species_with_short_unique_ascii_names() {
    assert!(Animal::ALL.len() >= 64, "{}", Animal::ALL.len());
    let names: HashSet<&str> = Animal::ALL.iter().map(|species| species.name()).collect();
    assert_eq!(names.len(), Animal::ALL.len());
    for name in names {
        assert!(name.len() <= 12 && name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
        assert!(name.chars().skip(1).all(|c| c.is_ascii_lowercase()), "{name}");
    }
}

#[test]
fn a_name_leads_back_to_its_species_and_nothing_else_does() {
    for species in Animal::ALL {
        assert_eq!(Animal::from_name(species.name()), Some(*species));
    }
    assert_eq!(Animal::from_name("panda"), None);
    assert_eq!(Animal::from_name("Unicorn"), None);
}

#[test]
fn species_are_listed_in_alphabetical_order() {
    assert!(Animal::ALL.is_sorted_by_key(|species| species.name()));
}

/// Mean difference of a channel over the inscribed circle, from 0 to 255.
fn difference(one: &Pixmap, other: &Pixmap) -> f64 {
    let (mut sum, mut count) = (0_u32, 0_u32);
    for (index, (p, q)) in (0_i32..).zip(one.pixels().iter().zip(other.pixels())) {
        let (x, y) = (2 * (index % 32) - 31, 2 * (index / 32) - 31);
        if x * x + y * y <= 31 * 31 {
            let channels = [(p.red(), q.red()), (p.green(), q.green()), (p.blue(), q.blue())];
            sum += channels.iter().map(|(p, q)| u32::from(p.abs_diff(*q))).sum::<u32>();
            count += 3;
        }
    }
    f64::from(sum) / f64::from(count)
}

/// The picture without its background, on mid grey: two backgrounds must not be what tells two
/// animals apart.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
fn on_grey(species: Animal, seed: [u8; 16]) -> Pixmap {
    let text = animal(species, seed).into_string();
    let (head, rest) = text.split_once("<path fill=\"").unwrap();
    let (_, rest) = rest.split_once('"').unwrap();
    let tree =
        Tree::from_str(&format!("{head}<path fill=\"#999\"{rest}"), &Options::default()).unwrap();
    let mut pixels = Pixmap::new(32, 32).unwrap();
    resvg::render(&tree, resvg::tiny_skia::Transform::from_scale(0.32, 0.32), &mut pixels.as_mut());
    pixels
}

#[test]
fn any_two_species_differ_at_32_pixels_even_on_the_same_background() {
    for seed in SEEDS {
        let drawn: Vec<Pixmap> =
            Animal::ALL.iter().map(|species| on_grey(*species, seed)).collect();
        let mut close = Vec::new();
        for (index, one) in drawn.iter().enumerate() {
            for (other_index, other) in drawn.iter().enumerate().skip(index + 1) {
                let gap = difference(one, other);
                if gap < 18.0 {
                    close.push((gap, Animal::ALL[index].name(), Animal::ALL[other_index].name()));
                }
            }
        }
        assert!(close.is_empty(), "{close:?}");
    }
}

#[test]
fn a_circle_crop_cuts_nothing_above_the_shoulders() {
    let mut cut = std::collections::BTreeMap::new();
    for species in Animal::ALL {
        for seed in SEEDS {
            let drawn = pixels(&animal(*species, seed), 200);
            let ground = drawn.pixel(0, 0).unwrap();
            for (index, pixel) in (0_i32..).zip(drawn.pixels()) {
                let (x, y) = (index % 200 - 100, index / 200 - 100);
                let outside = x * x + y * y > 100 * 100 && y < 20;
                if outside && *pixel != ground {
                    *cut.entry(species.name()).or_insert(0) += 1;
                }
            }
        }
    }
    assert!(cut.is_empty(), "pixels outside the circle: {cut:?}");
}

#[test]
fn every_document_is_small_plain_and_labelled() {
    let mut lengths = Vec::new();
    for species in Animal::ALL {
        for first in 0..40 {
            let svg = animal(*species, [first; 16]);
            let text = svg.as_str();
            lengths.push((text.len(), species.name()));
            assert!(text.starts_with(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\" role=\"img\""
            ));
            assert!(text.contains(&format!("aria-label=\"{}\"", species.name())));
            for unwanted in
                [" id=", "href", "url(", "<script", "<style", "<image", "<text", "NaN", "inf"]
            {
                assert!(!text.contains(unwanted), "{}: {unwanted}", species.name());
            }
        }
    }
    lengths.sort_unstable();
    let odd: Vec<_> = lengths.iter().filter(|(length, _)| !(700..=2500).contains(length)).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn the_seed_changes_the_picture_and_not_the_shape() {
    let shapes =
        |seed: u8| -> usize { animal(Animal::Owl, [seed; 16]).as_str().matches("<path").count() };
    assert_ne!(animal(Animal::Owl, [1; 16]), animal(Animal::Owl, [2; 16]));
    assert_eq!(shapes(1), shapes(2));
}
