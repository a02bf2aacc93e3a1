//! Unicode properties of single characters: which are visible, and which are digits.

use std::borrow::Cow;

use icu_properties::props::{
    DefaultIgnorableCodePoint, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, Ideographic, IndicSyllabicCategory, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The most combining marks that are left in a row: no word of any language has more (UAX 15,
/// Stream-Safe Text Format).
const MOST_MARKS: usize = 30;

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
/// The flag that spelled-out flags begin with.
const BLACK_FLAG: char = '\u{1F3F4}';
const BLANK_BRAILLE: char = '\u{2800}';

/// `text` with every decimal digit, of whatever script, as the ASCII digit of its value: `٤٠٤` is
/// `404`.
#[must_use]
pub fn with_ascii_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { text.chars().map(ascii_digit).collect() }
}

fn ascii_digit(character: char) -> char {
    if character.is_ascii() || !is_digit(character) {
        return character;
    }
    // The digits of a script follow each other from zero to nine (The Unicode Standard, 4.6). Where
    // those of another begin right after them, that is a zero again.
    let before = (0..u32::from(character))
        .rev()
        .map_while(char::from_u32)
        .take_while(|other| is_digit(*other));
    let value = u32::try_from(before.count() % 10).unwrap_or(0);
    char::from_digit(value, 10).unwrap_or(character)
}

fn is_digit(character: char) -> bool {
    category(character) == GeneralCategory::DecimalNumber
}

/// Whether `character` is visible where it stands alone.
pub(crate) fn is_visible(character: char) -> bool {
    // Unicode has no property for glyphs that are blank by design; these are all that are no white
    // space.
    let is_blank = matches!(character, BLANK_BRAILLE | '\u{1D159}' | '\u{13441}' | '\u{13442}');
    !(character.is_whitespace()
        || character.is_control()
        || is_blank
        || is_ignorable(character)
        || is_mark(character))
}

/// `text` without invisible characters, except where one joins or shapes its neighbours, and
/// without marks in excess of those that one character may have.
pub(crate) fn without_idle(text: &str) -> String {
    let mut kept = Vec::with_capacity(text.len());
    let mut marks = 0;
    let mut characters = text.chars().filter(|character| !is_always_idle(*character)).peekable();
    while let Some(character) = characters.next() {
        marks = if is_mark(character) { marks + 1 } else { 0 };
        let stays = marks <= MOST_MARKS && acts(character, &kept, characters.peek().copied());
        if stays {
            kept.push(character);
        }
    }
    kept.into_iter().collect()
}

/// What a character that shows nothing is there for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It shows something, or is white space.
    Plain,
    /// To join what stands on its sides, or to keep it apart.
    Join,
    /// To stand for the consonant that a Korean syllable lacks.
    HangulConsonant,
    /// To stand for its vowel.
    HangulVowel,
    /// To choose the form of the Mongolian letter before it.
    MongolianForm,
    /// To part a Mongolian vowel from its word.
    MongolianVowel,
    /// To choose between the text and the picture of an emoji.
    EmojiForm,
    /// To choose a form of the sign before it.
    Form,
    /// To choose a form of the ideograph before it.
    IdeographForm,
    /// To spell the name of a flag.
    Tag,
    /// To be the space of a braille text.
    BrailleSpace,
}

const fn role(character: char) -> Role {
    match character {
        NON_JOINER | JOINER => Role::Join,
        '\u{115F}' => Role::HangulConsonant,
        '\u{1160}' => Role::HangulVowel,
        '\u{180B}'..='\u{180D}' | '\u{180F}' => Role::MongolianForm,
        '\u{180E}' => Role::MongolianVowel,
        '\u{FE0E}' | '\u{FE0F}' => Role::EmojiForm,
        '\u{FE00}'..='\u{FE0D}' => Role::Form,
        '\u{E0100}'..='\u{E01EF}' => Role::IdeographForm,
        '\u{E0020}'..='\u{E007F}' => Role::Tag,
        BLANK_BRAILLE => Role::BrailleSpace,
        _ => Role::Plain,
    }
}

fn is_always_idle(character: char) -> bool {
    role(character) == Role::Plain && is_ignorable(character)
}

/// Whether `character` has its effect, after `kept` and before `next`.
fn acts(character: char, kept: &[char], next: Option<char>) -> bool {
    let before = kept.last().copied();
    let follows = |is_one: fn(char) -> bool| before.is_some_and(is_one);
    let precedes = |is_one: fn(char) -> bool| next.is_some_and(is_one);
    match role(character) {
        Role::Plain => true,
        Role::Join => joins_letters(kept, next) || character == JOINER && joins_emoji(kept, next),
        Role::HangulConsonant => precedes(|next| matches!(next, '\u{1161}'..='\u{11A7}')),
        Role::HangulVowel => follows(|before| matches!(before, '\u{1100}'..='\u{115E}')),
        Role::MongolianForm => follows(is_mongolian),
        Role::MongolianVowel => follows(is_mongolian) && precedes(is_mongolian),
        Role::EmojiForm => follows(|before| CodePointSetData::new::<Emoji>().contains(before)),
        Role::Form => follows(|before| !before.is_ascii() && is_visible(before)),
        Role::IdeographForm => {
            follows(|before| CodePointSetData::new::<Ideographic>().contains(before))
        }
        Role::Tag => {
            follows(|before| before == BLACK_FLAG || matches!(before, '\u{E0020}'..='\u{E007E}'))
        }
        Role::BrailleSpace => {
            follows(is_braille) || precedes(|next| is_braille(next) && next != BLANK_BRAILLE)
        }
    }
}

/// Whether the letters on both sides are of a script whose letters change their form beside each
/// other.
fn joins_letters(kept: &[char], next: Option<char>) -> bool {
    // The vowel signs of Arabic and its like stand on a letter and join nothing themselves.
    let before = kept.iter().rev().copied().find(|before| !is_mark(*before) || is_indic(*before));
    before.is_some_and(connects) && next.is_some_and(connects)
}

/// Whether it makes one picture of two (UAX 29, GB11).
fn joins_emoji(kept: &[char], next: Option<char>) -> bool {
    let modifies =
        |other: char| is_mark(other) || CodePointSetData::new::<EmojiModifier>().contains(other);
    let before = kept.iter().rev().copied().find(|before| !modifies(*before));
    before.is_some_and(is_picture) && next.is_some_and(is_picture)
}

fn connects(character: char) -> bool {
    let is_part = GeneralCategoryGroup::Letter.contains(category(character)) || is_mark(character);
    is_part && (is_cursive(character) || is_indic(character))
}

fn is_cursive(character: char) -> bool {
    let joining = CodePointMapData::<JoiningType>::new().get(character);
    joining != JoiningType::NonJoining && joining != JoiningType::Transparent
}

fn is_indic(character: char) -> bool {
    CodePointMapData::<IndicSyllabicCategory>::new().get(character) != IndicSyllabicCategory::Other
}

fn is_picture(character: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(character)
}

const fn is_mongolian(character: char) -> bool {
    matches!(character, '\u{1820}'..='\u{18AA}')
}

const fn is_braille(character: char) -> bool {
    matches!(character, BLANK_BRAILLE..='\u{28FF}')
}

fn is_ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Whether it stands on the character before it.
pub(crate) fn is_mark(character: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(character))
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_script_are_digits() {
        for text in
            ["404225", "４０４２２５", "٤٠٤٢٢٥", "۴۰۴۲۲۵", "४०४२२५", "๔๐๔๒๒๕", "𝟜𝟘𝟜𝟚𝟚𝟝", "𞥔𞥐𞥔𞥒𞥒𞥕"]
        {
            assert_eq!(with_ascii_digits(text), "404225", "{text}");
        }
        for other in ["²", "Ⅳ", "四", "k", "é", "①"] {
            assert_eq!(with_ascii_digits(other), other);
        }
    }

    #[test]
    fn every_digit_there_is_has_the_value_that_its_numeric_form_has() {
        use unicode_normalization::UnicodeNormalization as _;
        let digits: Vec<char> =
            ('\u{80}'..=char::MAX).filter(|character| is_digit(*character)).collect();
        assert!(digits.len() > 600 && digits.len().is_multiple_of(10));
        for (place, digit) in digits.iter().enumerate() {
            assert_eq!(
                ascii_digit(*digit).to_digit(10),
                u32::try_from(place % 10).ok(),
                "{digit:?}"
            );
            let compatible: String = digit.to_string().nfkc().collect();
            if compatible.is_ascii() {
                assert_eq!(compatible, ascii_digit(*digit).to_string());
            }
        }
    }

    #[test]
    fn what_shows_nothing_is_dropped_where_it_does_nothing() {
        for (text, left) in [
            ("Jo\u{3164}hn", "John"),
            ("Jo\u{AD}hn", "John"),
            ("\u{FEFF}a\u{200B}b\u{2060}c\u{61C}", "abc"),
            ("a\u{200D}b\u{200C}", "ab"),
            ("1\u{200D}2", "12"),
            ("\u{115F}\u{1160}", ""),
            ("\u{2800}\u{34F}\u{180E}\u{E0041}\u{FE0F}", ""),
            ("a\u{FE01}\u{E0100}", "a"),
            ("👩\u{200D}", "👩"),
            ("👩\u{200D}a", "👩a"),
        ] {
            assert_eq!(without_idle(text), left, "{text:?}");
        }
    }

    #[test]
    fn what_joins_or_shapes_its_neighbours_stays() {
        for text in [
            "می\u{200C}خواهم",
            "مِی\u{200C}خواهم",
            "क्\u{200D}ष",
            "ශ්\u{200D}රී",
            "👩\u{200D}👩\u{200D}👧\u{200D}👦",
            "👩🏽\u{200D}🚀",
            "🏳\u{FE0F}\u{200D}🌈",
            "1\u{FE0F}\u{20E3}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "葛\u{E0100}",
            "ᠨ\u{180B}ᠠ",
            "ᠨ\u{180E}ᠠ",
            "\u{115F}\u{1161}",
            "⠓⠊\u{2800}⠞",
        ] {
            assert_eq!(without_idle(text), text);
        }
    }

    #[test]
    fn no_row_of_marks_is_longer_than_thirty() {
        let tower = |marks| format!("a{}b", "\u{335}".repeat(marks));
        assert_eq!(without_idle(&tower(30)), tower(30));
        assert_eq!(without_idle(&tower(399)), tower(30));
    }
}
