//! Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, 30 seconds and six digits, which is
//! what every authenticator application takes.

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use selfsame_primitives::{Timestamp, with_ascii_digits};

/// Bytes of a secret (RFC 4226 §4 recommends 160 bits).
pub(super) const SECRET: usize = 20;
/// Seconds of a step.
pub(super) const PERIOD: u64 = 30;
/// Digits of a code.
pub(super) const DIGITS: usize = 6;
/// Steps that a clock may be ahead or behind (RFC 6238 §5.2).
const DRIFT: u64 = 1;

/// No step is taken so far ahead of the time.
const FAR: u64 = 20;

/// The time step of `now`.
pub(super) fn step(now: Timestamp) -> u64 {
    u64::try_from(now.seconds()).unwrap_or(0) / PERIOD
}

/// The step around `now`, after `last`, whose code is `code`.
pub(super) fn matching_step(secret: &[u8], code: &str, now: Timestamp, last: u64) -> Option<u64> {
    let (now, code) = (step(now), with_ascii_digits(code));
    // A step so far ahead was taken while the clock was wrong: nothing before it would ever be
    // taken again.
    let last = if last > now.saturating_add(FAR) { 0 } else { last };
    let steps = now.saturating_sub(DRIFT)..=now.saturating_add(DRIFT);
    // All are computed, so that the time reveals nothing.
    let found: Vec<u64> = steps.filter(|step| is_code(secret, *step, &code)).collect();
    found.into_iter().find(|step| *step > last)
}

fn is_code(secret: &[u8], step: u64, code: &str) -> bool {
    selfsame_primitives::same_secret(self::code(secret, step).as_bytes(), code.as_bytes())
}

/// The code of `step` (RFC 4226 §5.3).
pub(super) fn code(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest.last().copied().unwrap_or(0) & 0x0f);
    let four = digest
        .iter()
        .skip(offset)
        .take(4)
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    let number = (four & 0x7fff_ffff) % 10_u32.pow(6);
    format!("{number:0DIGITS$}")
}

/// `secret` in base 32 (RFC 4648 §6) without padding, as authenticator applications take it.
pub(super) fn base32(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238 appendix B, the last six of eight digits.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(
                code(SEED, step(Timestamp::from_millis(seconds * 1000))),
                expected,
                "{seconds}"
            );
        }
    }

    #[test]
    fn secrets_are_written_as_the_standard_does() {
        // RFC 4648 §10, without padding.
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn one_step_of_drift_is_taken_and_no_step_twice() {
        let now = Timestamp::from_millis(1_111_111_111_000);
        let current = step(now);
        for near in current - 1..=current + 1 {
            assert_eq!(matching_step(SEED, &code(SEED, near), now, 0), Some(near));
            assert_eq!(matching_step(SEED, &code(SEED, near), now, near), None);
        }
        for far in [current - 2, current + 2] {
            assert_eq!(matching_step(SEED, &code(SEED, far), now, 0), None);
        }
        for typed in ["０５０４７１", "٠٥٠٤٧١"] {
            assert_eq!(matching_step(SEED, typed, now, 0), Some(current), "{typed}");
        }
        for wrong in ["", "12345", "0504711", "050 471", "abcdef"] {
            assert_eq!(matching_step(SEED, wrong, now, 0), None, "{wrong}");
        }
    }
}
