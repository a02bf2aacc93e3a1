//! White initials on a colour.

use unicode_normalization::UnicodeNormalization as _;

use crate::colour::{Lch, Rgb};
use crate::curve::oval;
use crate::letters::{HEIGHT, Letter, letter};
use crate::pattern::pattern;
use crate::seed::Choices;
use crate::svg::{Canvas, Ink, PathData, Svg};

/// White on this is at least 5.3 : 1 at every hue; WCAG 2.2 AA asks 4.5 : 1 of text.
const LIGHT: Lch = Lch { lightness: 0.5, chroma: 0.135, hue: 0.0 };
/// Space between the centre lines of two letters, in letter units.
const GAP: f32 = 9.0;
/// Widest that two letters may become, so that they stay well inside the circle.
const WIDEST: f32 = 62.0;
/// The olive hues, muddy at this lightness, are left out: hues run from here on for [`HUE_SPAN`]
/// degrees.
const FIRST_HUE: f32 = 135.0;
const HUE_SPAN: f32 = 295.0;

/// Draws the one or two initials of a name in white on a colour that the seed decides.
///
/// Two words or more (split at white space, `.`, `_` and `-`) give the first and the last word's
/// initial. Accents are folded, so that `Ørsted` gives O; digits count. A name without a Latin
/// letter or a digit at the start of any word gives [`pattern`], which says nothing rather than
/// something wrong.
#[must_use]
pub fn initials(name: &str, seed: [u8; 16]) -> Svg {
    let letters: Vec<Letter> = initials_of(name).into_iter().filter_map(letter).collect();
    if letters.is_empty() {
        return pattern(seed);
    }
    let mut choices = Choices::new(seed, 0x6c65_7474_6572);
    let hue = FIRST_HUE + choices.between(0.0, HUE_SPAN);
    let label: String = letters.iter().map(|letter| letter.name).collect();
    let mut canvas = Canvas::new(&label, ground(hue, 0.0));
    let side = choices.between(72.0, 92.0);
    let at = (choices.between(-6.0, 106.0), choices.between(88.0, 112.0));
    canvas.draw(Ink::Fill(ground(hue, -0.05)), &oval(at, (side, side * 0.86), 0.0));
    canvas.draw(Ink::Fill(ground(hue, -0.1)), &oval(at, (side * 0.6, side * 0.5), 0.0));
    write(&mut canvas, &letters);
    canvas.finish()
}

/// The background at a hue, or a darker shade of it.
fn ground(hue: f32, darker: f32) -> Rgb {
    LIGHT.turned(hue).lighter(darker).to_rgb()
}

/// Sets the letters in the middle, larger if there is only one.
fn write(canvas: &mut Canvas, letters: &[Letter]) {
    let gaps = if letters.len() == 1 { 0.0 } else { GAP };
    let width: f32 = letters.iter().map(|letter| letter.width).sum::<f32>() + gaps;
    let (largest, pen) = if letters.len() == 1 { (1.75, 8.0) } else { (1.32, 7.0) };
    let scale = (f32::min(largest, WIDEST / width.max(1.0)) * 100.0).round() / 100.0;
    let mut x = 50.0 - width * scale / 2.0;
    for letter in letters {
        let mut path = PathData::default();
        path.push_text(letter.line);
        canvas.draw_scaled(
            Ink::Stroke(Rgb([255; 3]), pen / scale),
            &path,
            (x, 50.0 - HEIGHT * scale / 2.0),
            scale,
        );
        x += (letter.width + GAP) * scale;
    }
}

/// At most two ASCII capitals or digits.
fn initials_of(name: &str) -> Vec<char> {
    let apart =
        |c: char| c.is_whitespace() || matches!(c, '.' | '_' | '-' | '\u{2010}' | '\u{2011}');
    let mut found: Vec<char> = name
        .split(apart)
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .filter_map(fold)
        .collect();
    if found.len() > 2 {
        found.drain(1..found.len() - 1);
    }
    found
}

/// The ASCII capital or digit at the base of a character.
fn fold(letter: char) -> Option<char> {
    let base = match letter {
        'Æ' | 'æ' | 'Ə' | 'ə' => 'A',
        'Đ' | 'đ' | 'Ð' | 'ð' => 'D',
        'Ħ' | 'ħ' => 'H',
        'ı' => 'I',
        'Ł' | 'ł' => 'L',
        'Ŋ' | 'ŋ' => 'N',
        'Ø' | 'ø' | 'Œ' | 'œ' => 'O',
        'ß' | 'ẞ' => 'S',
        'Þ' | 'þ' | 'Ŧ' | 'ŧ' => 'T',
        other => std::iter::once(other).nfkd().next()?.to_ascii_uppercase(),
    };
    base.is_ascii_alphanumeric().then_some(base)
}

#[cfg(test)]
mod tests {
    use super::{ground, initials, initials_of};
    use crate::colour::tests::contrast_with_white;
    use crate::pattern;

    fn of(name: &str) -> String {
        initials_of(name).into_iter().collect()
    }

    #[test]
    fn white_has_enough_contrast_at_every_hue_and_shade() {
        for tenth in 0_u16..3600 {
            for darker in [0.0, -0.05, -0.1] {
                let contrast = contrast_with_white(ground(f32::from(tenth) / 10.0, darker));
                assert!(contrast >= 5.3, "hue {}: {contrast}", f32::from(tenth) / 10.0);
            }
        }
    }

    #[test]
    fn the_first_and_last_word_give_the_initials() {
        assert_eq!(of("Ada Lovelace"), "AL");
        assert_eq!(of("ada king, countess of lovelace"), "AL");
        assert_eq!(of("plato"), "P");
        assert_eq!(of("jean-luc.picard"), "JP");
        assert_eq!(of("7 of 9"), "79");
    }

    #[test]
    fn accents_and_ligatures_fold_to_their_base_letter() {
        assert_eq!(of("Ørsted"), "O");
        assert_eq!(of("Élodie Šimek"), "ES");
        assert_eq!(of("e\u{301}va łukasz"), "EL");
        assert_eq!(of("Ａｄａ"), "A");
        assert_eq!(of("ệ"), "E");
    }

    #[test]
    fn signs_before_a_letter_are_skipped() {
        assert_eq!(of("🦊 (Bob) “Smith”"), "BS");
        assert_eq!(of("  \t- ._ "), "");
    }

    #[test]
    fn a_name_without_latin_letters_is_drawn_as_the_pattern_of_its_seed() {
        for name in ["", "李雷", "Анна Каренина", "محمد", "🦊", "한글"] {
            assert_eq!(initials(name, [7; 16]), pattern([7; 16]), "{name}");
        }
    }

    #[test]
    fn a_word_in_another_script_leaves_the_other_initial() {
        assert_eq!(of("李雷 Smith"), "S");
    }
}
