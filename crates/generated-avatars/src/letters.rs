//! The alphabet: capitals and digits as centre lines, drawn with a round pen.

/// Height of every letter's centre line, in its own units.
pub(crate) const HEIGHT: f32 = 24.0;

/// One letter: its centre line as path text, from 0 to `width` and from 0 (top) to [`HEIGHT`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Letter {
    pub(crate) name: char,
    pub(crate) width: f32,
    pub(crate) line: &'static str,
}

/// The letter of an ASCII capital or digit.
pub(crate) fn letter(name: char) -> Option<Letter> {
    LETTERS.iter().copied().find(|letter| letter.name == name)
}

const fn stroke(name: char, width: f32, line: &'static str) -> Letter {
    Letter { name, width, line }
}

const LETTERS: [Letter; 36] = [
    stroke('A', 20.0, "M0 24 10 0 20 24M3.6 15.5H16.4"),
    stroke('B', 15.0, "M0 0V24H8.5a6.5 6.5 0 0 0 0-13H0H7.5a5.5 5.5 0 0 0 0-11z"),
    stroke('C', 20.5, "M20.5 3.5A12 12 0 1 0 20.5 20.5"),
    stroke('D', 19.0, "M0 0V24H7a12 12 0 0 0 0-24z"),
    stroke('E', 14.0, "M14 0H0V24H14M0 12H12"),
    stroke('F', 14.0, "M14 0H0V24M0 12H12"),
    stroke('G', 24.0, "M20.5 3.5A12 12 0 1 0 24 12H14.5"),
    stroke('H', 18.0, "M0 0V24M18 0V24M0 12H18"),
    stroke('I', 0.0, "M0 0V24"),
    stroke('J', 12.0, "M12 0V17.5a6.4 6.4 0 0 1-12 3"),
    stroke('K', 17.0, "M0 0V24M16 0 0 14.5M6 9 17 24"),
    stroke('L', 13.0, "M0 0V24H13"),
    stroke('M', 22.0, "M0 24V0L11 16 22 0V24"),
    stroke('N', 18.0, "M0 24V0L18 24V0"),
    stroke('O', 24.0, "M12 0a12 12 0 0 0 0 24 12 12 0 0 0 0-24z"),
    stroke('P', 15.5, "M0 24V0H8.5a7 7 0 0 1 0 14H0"),
    stroke('Q', 24.0, "M12 0a12 12 0 0 0 0 24 12 12 0 0 0 0-24zM16 16.5 23.5 24"),
    stroke('R', 15.5, "M0 24V0H8.5a6.75 6.75 0 0 1 0 13.5H0M8.5 13.5 15.5 24"),
    stroke(
        'S',
        15.0,
        "M14.3 4.5C13 1.6 10.6 0 7.5 0 3.5 0 .7 2.5.7 5.8.7 13.3 15 10.5 15 18c0 3.5-3 6-7.3 6C4 24 1.2 22.3 0 19.2",
    ),
    stroke('T', 18.0, "M0 0H18M9 0V24"),
    stroke('U', 18.0, "M0 0V15a9 9 0 0 0 18 0V0"),
    stroke('V', 20.0, "M0 0 10 24 20 0"),
    stroke('W', 28.0, "M0 0 7 24 14 4 21 24 28 0"),
    stroke('X', 18.0, "M0 0 18 24M18 0 0 24"),
    stroke('Y', 19.0, "M0 0 9.5 12.5 19 0M9.5 12.5V24"),
    stroke('Z', 17.0, "M0 0H17L0 24H17"),
    stroke('0', 16.0, "M8 0C2.5 0 0 5 0 12s2.5 12 8 12 8-5 8-12S13.5 0 8 0z"),
    stroke('1', 6.0, "M0 5 6 0V24"),
    stroke('2', 15.5, "M.4 6.8C.8 2.9 3.7 0 7.4 0c4.3 0 7.3 3 7.3 6.9C14.7 12 9 15.5 0 24H15.5"),
    stroke(
        '3',
        14.6,
        "M.8 3.8C2 1.4 4.4 0 7.2 0c3.7 0 6.6 2.3 6.6 5.7s-2.9 5.7-6.8 5.7c4.3 0 7.6 2.5 7.6 6.3S11.3 24 7.2 24C3.8 24 1.2 22.4 0 19.8",
    ),
    stroke('4', 16.0, "M12 24V0L0 17H16"),
    stroke(
        '5',
        15.0,
        "M13.5 0H2.5L1.5 10.5C3 9.3 5 8.6 7 8.6c4.6 0 8 3.2 8 7.6S11.6 24 7 24C3.8 24 1.3 22.6 0 20.3",
    ),
    stroke('6', 15.0, "M11 0 1.5 12M15 16.5a7.5 7.5 0 0 1-15 0 7.5 7.5 0 0 1 15 0z"),
    stroke('7', 15.0, "M0 0H15L5 24"),
    stroke(
        '8',
        15.0,
        "M7.5 0a5.6 5.6 0 0 1 0 11.2 5.6 5.6 0 0 1 0-11.2zM7.5 11.2a6.4 6.4 0 0 1 0 12.8 6.4 6.4 0 0 1 0-12.8z",
    ),
    stroke('9', 15.0, "M4 24 13.5 12M0 7.5a7.5 7.5 0 0 1 15 0 7.5 7.5 0 0 1-15 0z"),
];

#[cfg(test)]
mod tests {
    use super::{HEIGHT, letter};
    use crate::colour::Rgb;
    use crate::svg::{Canvas, Ink, PathData};
    use resvg::usvg::{Node, Options, Tree};

    #[test]
    fn every_capital_and_digit_fills_its_declared_box() {
        for name in ('A'..='Z').chain('0'..='9') {
            let letter = letter(name).unwrap();
            let mut path = PathData::default();
            path.push_text(letter.line);
            let mut canvas = Canvas::new("x", Rgb([0; 3]));
            canvas.draw(Ink::Stroke(Rgb([255; 3]), 1.0), &path);
            let tree = Tree::from_str(canvas.finish().as_str(), &Options::default()).unwrap();
            let Some(Node::Path(drawn)) = tree.root().children().last() else {
                panic!("no path for {name}")
            };
            let bounds = drawn.bounding_box();
            assert!(
                bounds.left() > -0.3 && bounds.right() < letter.width + 0.3,
                "{name}: {bounds:?}"
            );
            assert!(bounds.top() > -0.3 && bounds.bottom() < HEIGHT + 0.5, "{name}: {bounds:?}");
            assert!(bounds.height() > HEIGHT - 0.6, "{name}: {bounds:?}");
        }
    }
}
