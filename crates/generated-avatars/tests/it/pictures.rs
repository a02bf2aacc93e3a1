//! Initials, patterns, pixels, and that no picture ever changes.

use proptest::prelude::{any, proptest};
use resvg::usvg::{Node, Options, Tree};
use selfsame_generated_avatars::{
    Animal, RasterError, VERSION, animal, initials, pattern, rasterise,
};

/// FNV-1a, 64 bits: enough to notice a change.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn all_pictures() -> Vec<(String, String)> {
    let seeds = [[0; 16], [1; 16], *b"selfsame avatar!"];
    let mut pictures = Vec::new();
    for (index, seed) in seeds.into_iter().enumerate() {
        let mut add = |name: &str, svg: selfsame_generated_avatars::Svg| {
            pictures.push((format!("{name} {index}"), svg.into_string()));
        };
        for species in Animal::ALL {
            add(species.name(), animal(*species, seed));
        }
        for letter in ('A'..='Z').chain('0'..='9') {
            add(&letter.to_string(), initials(&letter.to_string(), seed));
        }
        add("AL", initials("Ada Lovelace", seed));
        for last in 0..8 {
            add(&format!("pattern-{last}"), pattern(seed.map(|byte: u8| byte.wrapping_add(last))));
        }
    }
    pictures
}

/// A failure here means that users' pictures change: raise `VERSION`, and keep the old file and the
/// old drawings. To write the file of a new version: `SELFSAME_WRITE_SNAPSHOT=1 cargo test -p
/// selfsame-generated-avatars`.
#[test]
fn every_picture_of_this_version_is_what_it_always_was() {
    let path =
        format!("{}/tests/pictures.v{VERSION}.txt", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let lines: Vec<String> = all_pictures()
        .iter()
        .map(|(name, text)| {
            format!(
                "{name} {:016x}
",
                fingerprint(text)
            )
        })
        .collect();
    let now = lines.concat();
    if std::env::var_os("SELFSAME_WRITE_SNAPSHOT").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let before = std::fs::read_to_string(&path).unwrap();
    for (now, before) in now.lines().zip(before.lines()) {
        assert_eq!(now, before);
    }
    assert_eq!(now.lines().count(), before.lines().count());
}

#[test]
fn initials_and_patterns_are_small_and_plain() {
    for first in 0..=255 {
        for svg in
            [initials("Max Weber", [first; 16]), initials("Q", [first; 16]), pattern([first; 16])]
        {
            let text = svg.as_str();
            assert!((400..=2500).contains(&text.len()), "{} bytes: {text}", text.len());
            assert!(
                text.contains("role=\"img\"") && !text.contains(" id=") && !text.contains("url("),
                "{text}"
            );
        }
    }
}

#[test]
fn the_widest_initials_stay_inside_the_circle() {
    for name in ["W", "M", "O", "Wim Moor", "Max Weber", "Otto Queen", "Gus Olsen"] {
        let text = initials(name, [3; 16]).into_string();
        let letters = Tree::from_str(&text, &Options::default()).unwrap();
        for group in letters.root().children().iter().filter(|node| matches!(node, Node::Group(_)))
        {
            let bounds = group.abs_stroke_bounding_box();
            for (x, y) in [(bounds.left(), bounds.top()), (bounds.right(), bounds.bottom())] {
                assert!((x - 50.0).hypot(y - 50.0) < 46.0, "{name}: {bounds:?}");
            }
        }
    }
}

#[test]
fn a_png_has_the_size_asked_for_and_is_opaque() {
    for size in [16, 32, 150, 512, 1024] {
        let png = rasterise(&animal(Animal::Panda, [5; 16]), size).unwrap();
        let decoded = resvg::tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (size, size));
        assert!(decoded.pixels().iter().all(|pixel| pixel.alpha() == 255));
    }
}

#[test]
fn a_size_outside_the_range_is_refused() {
    let svg = pattern([0; 16]);
    for size in [0, 15, 1025, u32::MAX] {
        assert_eq!(rasterise(&svg, size), Err(RasterError::Size(size)));
    }
}

#[test]
fn the_same_drawing_rasterises_to_the_same_bytes() {
    let svg = animal(Animal::Tiger, [9; 16]);
    assert_eq!(rasterise(&svg, 64), rasterise(&svg, 64));
}

proptest! {
    #[test]
    fn any_name_and_seed_give_a_document_that_renders(name in any::<String>(), seed in any::<[u8; 16]>()) {
        let svg = initials(&name, seed);
        assert!(svg.as_str().is_ascii());
        assert!(Tree::from_str(svg.as_str(), &Options::default()).is_ok());
    }

    #[test]
    fn any_single_character_gives_a_document_that_renders(letter in any::<char>(), seed in any::<[u8; 16]>()) {
        assert!(Tree::from_str(initials(&letter.to_string(), seed).as_str(), &Options::default()).is_ok());
    }

    #[test]
    fn any_pattern_renders(seed in any::<[u8; 16]>()) {
        assert!(rasterise(&pattern(seed), 16).is_ok());
    }
}
