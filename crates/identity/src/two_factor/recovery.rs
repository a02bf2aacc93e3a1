//! Recovery codes for a lost device; each is valid once.

use selfsame_primitives::{Keys, Random, UserId};

use crate::crockford;

/// Codes that are given out together.
pub(super) const CODES: usize = 10;
/// Groups of a code: 50 bits together, so that it can't be guessed and need not be hashed slowly.
const GROUPS: usize = 2;
const PURPOSE: &str = "recovery-code";

/// New codes, written `x1y2z-3a4b5`.
pub(super) fn generate(random: &dyn Random) -> Vec<String> {
    std::iter::repeat_with(|| crockford::generate(random, GROUPS)).take(CODES).collect()
}

/// What is stored of `code`; `None` where it has not the form of one.
pub(super) fn stored(keys: &Keys, user: &UserId, code: &str) -> Option<String> {
    let bare = crockford::normalize(code, GROUPS)?;
    Some(keys.name(PURPOSE, &[user.as_str().as_bytes(), bare.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::SeededRandom;

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
        assert!(codes.iter().all(|code| code.len() == 11), "{codes:?}");
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), CODES);
    }
}
