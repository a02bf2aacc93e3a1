//! Checks that several features share.

use std::time::Duration;

use crate::{Fault, Problem};
use axum::extract::Path;
use selfsame_primitives::{Timestamp, UserId};
use serde_json::{Value, json};

/// How far the clocks of services may run ahead of this one.
const AHEAD: Duration = Duration::from_mins(5);
/// The longest name, in bytes.
const LONGEST: usize = 128;
/// The names of [`name`], as a schema says it.
pub const NAME_PATTERN: &str = "^[A-Za-z0-9_.:-]{1,128}$";

/// An id that another service has given something: also a part of keys, so it has no slash.
pub fn name(text: &str) -> Result<String, Fault> {
    let fits = (1..=LONGEST).contains(&text.len());
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
    if fits && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(Fault::NotAName { max: LONGEST })
    }
}

/// A time at which something has happened: after 1970 began, and not in the future.
pub fn past(time: Timestamp, now: Timestamp) -> Result<Timestamp, Fault> {
    if time.millis() < 0 {
        Err(Fault::NotATime)
    } else if time > now.plus(AHEAD) {
        Err(Fault::InFuture)
    } else {
        Ok(time)
    }
}

/// The user id in a path; an invalid one is not found.
pub fn user(path: &Path<String>) -> Result<UserId, Problem> {
    UserId::parse(&path.0).map_err(|_| Problem::not_found())
}

/// The schema of the user in a path.
#[must_use]
pub fn user_schema() -> Value {
    json!({"type": "string", "examples": ["usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB"]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_not_too_long() {
        assert!(name("01J-a:b_c.D").is_ok() && name(&"a".repeat(128)).is_ok());
        for bad in ["", "a/b", "a b", "é", &"a".repeat(129)] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_past_and_a_little_of_the_future_have_happened() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        assert!(past(now.plus(AHEAD), now).is_ok() && past(Timestamp::default(), now).is_ok());
        assert!(
            past(now.plus(AHEAD * 2), now).is_err()
                && past(Timestamp::from_millis(-1), now).is_err()
        );
    }
}
