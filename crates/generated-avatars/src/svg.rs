//! Finished drawings, and the canvas that writes them.

use std::fmt::Write as _;

use crate::colour::Rgb;

/// A finished drawing: a square SVG document, `viewBox` 0 0 100 100.
///
/// It holds no script, no id, no style sheet, no link and no text, so that it can be inlined any
/// number of times. The background fills the square; what matters lies within the inscribed circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svg(String);

impl Svg {
    /// The document, ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The document as an owned string.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl std::fmt::Display for Svg {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl AsRef<str> for Svg {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// How a path is put on the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ink {
    /// The inside is filled.
    Fill(Rgb),
    /// The inside is filled, partly see-through.
    Veil(Rgb),
    /// The line itself is drawn, with round ends, this wide.
    Stroke(Rgb, f32),
}

/// Collects paths into a document; neighbours in the same ink share one element.
#[derive(Debug)]
pub(crate) struct Canvas {
    text: String,
    open: Option<(Ink, PathData)>,
    tilted: bool,
}

impl Canvas {
    /// A canvas with a background. `label` is what a screen reader says: ASCII letters, digits and
    /// spaces.
    pub(crate) fn new(label: &str, ground: Rgb) -> Self {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\" role=\"img\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-label=\"{label}\"><path fill=\"{ground}\" d=\"M0 0h100v100H0z\"/>"
        );
        Self { text, open: None, tilted: false }
    }

    /// Turns all that follows by whole `degrees` about a point.
    pub(crate) fn tilt(&mut self, degrees: i8, about: (i8, i8)) {
        self.flush();
        if degrees != 0 && !self.tilted {
            _ = write!(self.text, "<g transform=\"rotate({degrees} {} {})\">", about.0, about.1);
            self.tilted = true;
        }
    }

    /// Draws on top of what is there.
    pub(crate) fn draw(&mut self, ink: Ink, path: &PathData) {
        match &mut self.open {
            Some((current, data)) if *current == ink => data.append(path),
            _ => {
                self.flush();
                self.open = Some((ink, path.clone()));
            }
        }
    }

    /// Draws a path that has units of its own: `scale` of them to ours, its origin at `at`.
    pub(crate) fn draw_scaled(&mut self, ink: Ink, path: &PathData, at: (f32, f32), scale: f32) {
        self.flush();
        _ = write!(
            self.text,
            "<g transform=\"translate({} {}) scale({scale})\">",
            Tenths(at.0),
            Tenths(at.1)
        );
        self.draw(ink, path);
        self.flush();
        self.text.push_str("</g>");
    }

    fn flush(&mut self) {
        let Some((ink, data)) = self.open.take() else { return };
        let data = data.text;
        _ = match ink {
            Ink::Fill(colour) => write!(self.text, "<path fill=\"{colour}\" d=\"{data}\"/>"),
            Ink::Veil(colour) => {
                write!(self.text, "<path fill=\"{colour}\" fill-opacity=\".5\" d=\"{data}\"/>")
            }
            Ink::Stroke(colour, width) => write!(
                self.text,
                "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\" d=\"{data}\"/>",
                Tenths(width)
            ),
        };
    }

    /// The finished document.
    pub(crate) fn finish(mut self) -> Svg {
        self.flush();
        self.text.push_str(if self.tilted { "</g></svg>" } else { "</svg>" });
        Svg(self.text)
    }
}

/// The `d` attribute of a path, written with one decimal: a tenth of a unit is one pixel at 1000
/// px.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PathData {
    text: String,
    last: Option<char>,
}

impl PathData {
    /// A command letter and its numbers, with no more letters and spaces than the grammar asks.
    pub(crate) fn push(&mut self, command: char, numbers: &[f32]) {
        let repeated = self.last == Some(command) && command != 'M';
        if !repeated {
            self.text.push(command);
        }
        self.last = Some(command);
        for (index, number) in numbers.iter().enumerate() {
            let start = self.text.len();
            _ = write!(self.text, "{}", Tenths(*number));
            let signed = self.text.get(start..).is_some_and(|written| written.starts_with('-'));
            if !signed && (index > 0 || repeated) {
                self.text.insert(start, ' ');
            }
        }
    }

    /// Ready-made path text, for shapes that are constants.
    pub(crate) fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
        self.last = None;
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.last = other.last;
    }
}

/// A number rounded to a tenth, in its shortest form.
struct Tenths(f32);

impl std::fmt::Display for Tenths {
    #[expect(clippy::cast_possible_truncation, reason = "coordinates are some hundreds at most")]
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() as i32;
        let sign = if tenths < 0 { "-" } else { "" };
        match (tenths.abs() / 10, tenths.abs() % 10) {
            (whole, 0) => write!(out, "{sign}{whole}"),
            (0, part) => write!(out, "{sign}.{part}"),
            (whole, part) => write!(out, "{sign}{whole}.{part}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Canvas, Ink, PathData, Tenths};
    use crate::colour::Rgb;

    #[test]
    fn numbers_are_written_in_their_shortest_form() {
        let written: Vec<String> =
            [0.0, -0.01, 0.54, -0.5, 12.0, -3.25].map(|n| Tenths(n).to_string()).to_vec();
        assert_eq!(written, ["0", "0", ".5", "-.5", "12", "-3.3"]);
    }

    #[test]
    fn neighbours_in_one_ink_share_an_element() {
        let mut canvas = Canvas::new("x", Rgb([0; 3]));
        let mut path = PathData::default();
        path.push('M', &[1.0, -2.0, 3.0]);
        canvas.draw(Ink::Fill(Rgb([255; 3])), &path);
        canvas.draw(Ink::Fill(Rgb([255; 3])), &path);
        let text = canvas.finish().into_string();
        assert!(text.ends_with("<path fill=\"#fff\" d=\"M1-2 3M1-2 3\"/></svg>"), "{text}");
    }
}
