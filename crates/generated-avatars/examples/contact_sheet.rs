//! Draws a contact sheet to look at: `contact_sheet OUT.png [SIDE [COLUMNS [SEEDS [NAME,NAME…]]]]`.
//!
//! Every picture is cropped to a circle, as applications show it.

use std::fmt::Write as _;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use selfsame_generated_avatars::{Animal, Svg, animal, initials, pattern};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .ok_or("where to? contact_sheet OUT.png [SIDE [COLUMNS [SEEDS [NAMES]]]]")?;
    let side: u16 = arguments.next().map_or(Ok(64), |text| text.parse())?;
    let columns: u16 = arguments.next().map_or(Ok(12), |text| text.parse())?;
    let seeds: u8 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let names = arguments.next().unwrap_or_default();
    let pictures = pictures(seeds, &names);
    let pixels = sheet(&pictures, side, columns)?;
    std::fs::write(path, pixels.encode_png()?)?;
    Ok(())
}

fn pictures(seeds: u8, names: &str) -> Vec<Svg> {
    let each = |draw: &dyn Fn([u8; 16]) -> Svg| -> Vec<Svg> {
        (0..seeds).map(|n| draw([n; 16])).collect()
    };
    match names {
        "patterns" => each(&pattern),
        "letters" => ('A'..='Z')
            .chain('0'..='9')
            .flat_map(|c| each(&|s| initials(&c.to_string(), s)))
            .collect(),
        "pairs" => ["Ada Lovelace", "Max Weber", "Quinn Gray", "Ian Jones", "Ørsted", "7 Kings"]
            .iter()
            .flat_map(|name| each(&|seed| initials(name, seed)))
            .collect(),
        _ => Animal::ALL
            .iter()
            .enumerate()
            .filter(|(_, species)| {
                names.is_empty() || names.split(',').any(|name| name == species.name())
            })
            .flat_map(|(index, species)| {
                let index = u8::try_from(index).unwrap_or_default();
                each(&move |mut seed| {
                    seed[0] = index;
                    animal(*species, seed)
                })
            })
            .collect(),
    }
}

/// One document that inlines every picture, rendered.
fn sheet(pictures: &[Svg], side: u16, columns: u16) -> Result<Pixmap, Failure> {
    let rows = u16::try_from(pictures.len())?.div_ceil(columns);
    let (width, height) = (columns * side, rows * side);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
         <clipPath id=\"crop\"><circle cx=\"50\" cy=\"50\" r=\"49\"/></clipPath>\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>"
    );
    for (index, picture) in (0_u16..).zip(pictures) {
        let (x, y) = (index % columns * side, index / columns * side);
        let inner = picture.as_str().replacen("<path", "<g clip-path=\"url(#crop)\"><path", 1);
        let placed = inner.replacen(
            "<svg",
            &format!("<svg x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\""),
            1,
        );
        write!(text, "{}</g></svg>", placed.trim_end_matches("</svg>"))?;
    }
    text.push_str("</svg>");
    let tree = Tree::from_str(&text, &Options::default())?;
    let mut pixels = Pixmap::new(u32::from(width), u32::from(height)).ok_or("an empty sheet")?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    Ok(pixels)
}
