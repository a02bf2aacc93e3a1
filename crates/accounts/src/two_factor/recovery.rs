//! Codes on paper, for whoever has lost the other device: each good once.

use selfsame_basics::{Keys, Random, UserId};

/// Codes that are given out together.
pub(super) const CODES: usize = 10;
/// Letters and digits of a code: 50 bits, so that it can't be guessed and need not be hashed slowly.
const LENGTH: usize = 10;
/// Without letters that look like digits or like each other (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const PURPOSE: &str = "recovery-code";

/// New codes, written `x1y2z-3a4b5`.
pub(super) fn generate(random: &dyn Random) -> Vec<String> {
    std::iter::repeat_with(|| one(random)).take(CODES).collect()
}

fn one(random: &dyn Random) -> String {
    let letter =
        |_| LETTERS.get(usize::try_from(random.below(32)).unwrap_or(0)).copied().map_or('0', char::from);
    let mut code: String = (0..LENGTH).map(letter).collect();
    code.insert(LENGTH / 2, '-');
    code
}

/// What is stored of `code`; `None` where it has not the form of one. Case, hyphens and spaces don't count, and neither does
/// whether somebody read a zero as an O or a one as an L.
pub(super) fn stored(keys: &Keys, user: &UserId, code: &str) -> Option<String> {
    let bare: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').map(plain).collect();
    let is_one = bare.len() == LENGTH && bare.bytes().all(|byte| LETTERS.contains(&byte));
    is_one.then(|| keys.name(PURPOSE, &[user.as_str().as_bytes(), bare.as_bytes()]))
}

fn plain(letter: char) -> char {
    match letter.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use selfsame_basics::SeededRandom;

    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed_and_for_its_owner_only() {
        let (keys, ada) = (Keys::from_master(&[7; 32]), UserId::parse("ada").unwrap());
        let typed = stored(&keys, &ada, "a1b0c-d2e3f");
        assert!(typed.is_some());
        for other in ["A1B0C-D2E3F", " alboc d2e3f ", "a1b0cd2e3f"] {
            assert_eq!(stored(&keys, &ada, other), typed, "{other}");
        }
        assert_ne!(stored(&keys, &UserId::parse("eve").unwrap(), "a1b0c-d2e3f"), typed);
        assert_ne!(stored(&Keys::from_master(&[8; 32]), &ada, "a1b0c-d2e3f"), typed);
        for bad in ["", "123456", "a1b0c-d2e3", "a1b0c-d2e3u", "ä1b0c-d2e3"] {
            assert_eq!(stored(&keys, &ada, bad), None, "{bad}");
        }
    }

    #[test]
    fn ten_codes_are_made_and_no_two_are_the_same() {
        let mut codes = generate(&SeededRandom::new(1));
        assert!(codes.iter().all(|code| code.len() == LENGTH + 1), "{codes:?}");
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), CODES);
    }
}
