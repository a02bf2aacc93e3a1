//! Request ids.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;
use selfsame_primitives::Random;

const LONGEST: usize = 64;

/// Makes request ids: 16 hexadecimal digits, none twice in 2^64, without asking a random generator
/// every time.
#[derive(Debug)]
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self(AtomicU64::new(u64::from_le_bytes(random.bytes())))
    }

    /// The id the caller gave, if it is sane, or a new one.
    pub(crate) fn take(&self, given: Option<&HeaderValue>) -> Arc<str> {
        let given = given.and_then(|value| value.to_str().ok()).filter(|text| is_sane(text));
        given.map_or_else(|| self.next(), Arc::from)
    }

    fn next(&self) -> Arc<str> {
        // SplitMix64 maps the counter one to one, so that ids neither repeat nor show how many
        // requests there were.
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let mut text = [0; 16];
        for (digit, index) in text.iter_mut().zip((0..16).rev()) {
            let nibble = u8::try_from((z >> (4 * index)) & 0xF).unwrap_or(0);
            *digit = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        }
        Arc::from(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// Ids go into logs, headers and events as they are: nothing that could break out of any of them.
fn is_sane(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use selfsame_primitives::SeededRandom;

    use super::*;

    #[test]
    fn new_ids_are_sane_and_differ() {
        let ids = RequestIds::new(&SeededRandom::new(1));
        let made: HashSet<_> = (0..1000).map(|_| ids.take(None)).collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|id| id.len() == 16 && is_sane(id)));
    }

    #[test]
    fn only_a_sane_id_is_taken_over() {
        let ids = RequestIds::new(&SeededRandom::new(1));
        let take = |text: &str| ids.take(Some(&HeaderValue::from_str(text).unwrap()));
        assert_eq!(&*take("Order-17.retry_2"), "Order-17.retry_2");
        assert_eq!(&*take(&"x".repeat(64)), "x".repeat(64));
        for bad in ["", "two words", "a\"b", "ü", &"x".repeat(65)] {
            assert_ne!(&*take(bad), bad);
        }
    }
}
