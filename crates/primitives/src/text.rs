//! Normalization of text that users write and others read.

use std::fmt::{self, Write as _};

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::characters::{is_visible, without_idle};

/// A grapheme of honest text has few code points, those of families and couples 11; more than this
/// many times the limit is an attack on renderers.
const CODE_POINTS_PER_GRAPHEME: usize = 12;

/// Why a text can't be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextProblem {
    /// It is empty, or white space only, and must not be.
    Empty,
    /// It has more characters (graphemes, as people count them) than allowed.
    TooLong {
        /// How many are allowed.
        most: usize,
    },
    /// It holds a control character or a direction override, or nothing visible.
    Unprintable,
}

impl fmt::Display for TextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong { most } => write!(f, "must have at most {most} characters"),
            Self::Unprintable => {
                f.write_str("must not hold control characters or invisible direction marks")
            }
        }
    }
}

/// A number of bytes for people: `5 MB`, `1.5 MB`, `64 kB`, `1000 bytes`. A megabyte is 1024 times
/// 1024 bytes, as settings and file managers have it; what has no short form is given to the byte.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    let tenths =
        |unit: u64| (bytes >= unit && (bytes * 10).is_multiple_of(unit)).then(|| bytes * 10 / unit);
    let said = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")];
    let said = said.into_iter().find_map(|(unit, name)| tenths(unit).map(|tenths| (tenths, name)));
    match said {
        Some((tenths, name)) if tenths.is_multiple_of(10) => format!("{} {name}", tenths / 10),
        Some((tenths, name)) => format!("{}.{} {name}", tenths / 10, tenths % 10),
        None => format!("{bytes} bytes"),
    }
}

/// `text` as one segment of a path (RFC 3986 §3.3): what may not stand there as it is gets escaped.
#[must_use]
pub fn path_segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            let _ = write!(segment, "%{byte:02X}");
        }
    }
    segment
}

/// One line of 1 to `most` characters: trimmed, NFC, without what shows nothing and does nothing,
/// and with something to see. Control and direction-override characters are refused.
pub fn clean_line(text: &str, most: usize) -> Result<String, TextProblem> {
    if text.trim().is_empty() {
        return Err(TextProblem::Empty);
    }
    let cleaned = clean(text, most, |_| false)?;
    if cleaned.chars().any(is_visible) { Ok(cleaned) } else { Err(TextProblem::Unprintable) }
}

/// Text of up to `most` characters that may have line breaks; it may be empty.
pub fn clean_paragraphs(text: &str, most: usize) -> Result<String, TextProblem> {
    let breaks = ['\r', '\u{2028}', '\u{2029}'];
    clean(&text.replace("\r\n", "\n").replace(breaks, "\n"), most, |character| character == '\n')
}

fn clean(text: &str, most: usize, also: fn(char) -> bool) -> Result<String, TextProblem> {
    // The cheap bound first, so that no hostile text is normalised.
    if text.len() > (most + 64) * CODE_POINTS_PER_GRAPHEME * 4 {
        return Err(TextProblem::TooLong { most });
    }
    let text = text.trim();
    // Printable ASCII, which most text is, is in NFC and has one character a byte.
    if text.len() <= most
        && text
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') || also(char::from(byte)) && byte.is_ascii())
    {
        return Ok(text.to_owned());
    }
    // Words that tabs align are separated by a space as well.
    let text = text.replace('\t', " ");
    if text.chars().any(|character| is_refused(character) && !also(character)) {
        return Err(TextProblem::Unprintable);
    }
    let cleaned = settled(text);
    let code_points = cleaned.chars().count();
    if code_points > most * CODE_POINTS_PER_GRAPHEME || cleaned.graphemes(true).count() > most {
        return Err(TextProblem::TooLong { most });
    }
    Ok(cleaned)
}

/// `text` normalized until nothing changes any more: a dropped character may have kept apart two
/// others that then compose, so that a stored text would change when it is saved again.
fn settled(mut text: String) -> String {
    loop {
        let composed: String = text.nfc().collect();
        let next = without_idle(&composed).trim().to_owned();
        if next == text {
            return text;
        }
        text = next;
    }
}

/// Control characters, and those that change the direction of what follows, which can make text
/// misleading. Marks that only give a direction of their own (LRM, RLM, ALM) come with pasted text;
/// users could not find them to remove them.
fn is_refused(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFF9}'..='\u{FFFB}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_are_counted_as_people_count_them() {
        assert_eq!(clean_line("👩‍👩‍👧‍👦", 1).unwrap(), "👩‍👩‍👧‍👦");
        assert_eq!(clean_line("e\u{301}", 1).unwrap(), "é");
        assert_eq!(clean_line("ab", 1), Err(TextProblem::TooLong { most: 1 }));
    }

    #[test]
    fn text_that_lies_about_its_direction_is_refused() {
        for bad in ["a\u{202E}b", "a\u{0}b", "a\u{2066}b", "a\u{2028}b", "a\nb", "a\u{7}b"] {
            assert_eq!(clean_line(bad, 50), Err(TextProblem::Unprintable), "{bad:?}");
        }
        assert_eq!(clean_paragraphs("a\r\nb\u{2029}c\rd", 50).unwrap(), "a\nb\nc\nd");
    }

    #[test]
    fn what_is_pasted_along_with_text_is_no_reason_to_refuse_it() {
        for (pasted, taken) in [
            ("שלום\u{200F}!", "שלום!"),
            ("Call \u{200E}+972 50", "Call +972 50"),
            ("\u{FEFF}Ada", "Ada"),
            ("Ada\u{200B} \u{200B}", "Ada"),
            ("Ada\tLovelace", "Ada Lovelace"),
            ("e\u{200B}\u{301}", "é"),
            ("\u{200B}", ""),
        ] {
            assert_eq!(clean_paragraphs(pasted, 50).as_deref(), Ok(taken), "{pasted:?}");
        }
        assert_eq!(clean_line("Jo\u{3164}hn", 4).as_deref(), Ok("John"));
    }

    #[test]
    fn a_line_has_something_to_see() {
        for nothing in [
            "\u{3164}",
            "\u{2800}",
            "\u{115F}\u{1160}",
            "\u{AD}",
            "\u{34F}",
            "\u{180E}",
            "\u{E0041}\u{E0042}",
            " \u{200D}\u{FE0F} ",
            "\u{301}",
        ] {
            assert_eq!(clean_line(nothing, 50), Err(TextProblem::Unprintable), "{nothing:?}");
        }
    }

    #[test]
    fn fifty_families_are_fifty_characters_and_a_tower_of_accents_is_cut() {
        let families = "👩🏽\u{200D}👩🏽\u{200D}👧🏽\u{200D}👦🏽".repeat(50);
        assert_eq!(clean_line(&families, 50), Ok(families));
        let tower = |marks| format!("a{}", "\u{335}".repeat(marks));
        assert_eq!(clean_line(&tower(100), 10), Ok(tower(30)));
        let long = "a\u{335}".repeat(11);
        assert_eq!(clean_line(&long, 10), Err(TextProblem::TooLong { most: 10 }));
    }

    #[test]
    fn white_space_alone_is_empty() {
        assert_eq!(clean_line(" \u{3000} ", 50), Err(TextProblem::Empty));
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(text in "\\PC{0,60}") {
            if let Ok(once) = clean_paragraphs(&text, 60) {
                prop_assert_eq!(clean_paragraphs(&once, 60), Ok(once));
            }
        }
    }

    #[test]
    fn a_size_is_said_in_the_unit_that_people_read() {
        for (bytes, said) in [
            (5 << 20, "5 MB"),
            (10_485_760, "10 MB"),
            (3 << 19, "1.5 MB"),
            (64 << 10, "64 kB"),
            (1 << 30, "1 GB"),
            (1000, "1000 bytes"),
            (0, "0 bytes"),
        ] {
            assert_eq!(size_text(bytes), said);
        }
    }

    #[test]
    fn a_segment_of_a_path_holds_nothing_that_ends_it() {
        assert_eq!(path_segment("auth0|ada@example.org"), "auth0%7Cada@example.org");
        assert_eq!(path_segment("a/b?c#d é"), "a%2Fb%3Fc%23d%20%C3%A9");
        assert_eq!(path_segment("usr_01JD3Z5K8Q"), "usr_01JD3Z5K8Q");
    }
}
