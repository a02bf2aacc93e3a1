//! Random codes to be read and typed by people: Crockford's base 32, in groups of five.

use selfsame_primitives::{Random, with_ascii_digits};

/// Letters and digits of a group.
const GROUP: usize = 5;
/// Without letters that look like digits or like each other.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new code of `groups` groups, 25 bits each: `x1y2z-3a4b5`.
pub(crate) fn generate(random: &dyn Random, groups: usize) -> String {
    let one = |_| {
        let index = usize::try_from(random.below(32)).unwrap_or(0);
        ALPHABET.get(index).copied().map_or('0', char::from)
    };
    let group = |_| (0..GROUP).map(one).collect::<String>();
    (0..groups).map(group).collect::<Vec<_>>().join("-")
}

/// Normalizes a typed code of `groups` groups: case, hyphens, spaces, and O for zero or L for one
/// don't count. `None` where it has another form.
pub(crate) fn normalize(code: &str, groups: usize) -> Option<String> {
    let code = with_ascii_digits(code);
    let bare: String =
        code.chars().filter(|c| !c.is_whitespace() && *c != '-').map(plain).collect();
    let is_one = bare.len() == groups * GROUP && bare.bytes().all(|byte| ALPHABET.contains(&byte));
    is_one.then_some(bare)
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
    use selfsame_primitives::SeededRandom;

    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        for typed in [
            "a1b0c-d2e3f",
            "A1B0C-D2E3F",
            " alboc d2e3f ",
            "a1b0cd2e3f",
            "a１b０c-d２e３f",
            "a١b٠cd٢e٣f",
        ] {
            assert_eq!(normalize(typed, 2).as_deref(), Some("a1b0cd2e3f"), "{typed}");
        }
        for bad in ["", "123456", "a1b0c-d2e3", "a1b0c-d2e3u", "ä1b0c-d2e3", "a1b0c-d2e3f-a1b0c"] {
            assert_eq!(normalize(bad, 2), None, "{bad}");
        }
    }

    #[test]
    fn what_is_generated_has_so_many_groups_and_is_never_the_same() {
        let random = SeededRandom::new(1);
        let (one, other) = (generate(&random, 5), generate(&random, 5));
        assert_eq!((one.len(), normalize(&one, 5).map(|bare| bare.len())), (29, Some(25)));
        assert_ne!(one, other);
    }
}
