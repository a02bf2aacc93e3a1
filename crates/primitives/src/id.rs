//! Identifiers. All random ones come from a cryptographic generator and are made unique by a
//! guarded write.

use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use ulid::{ULID_LEN, Ulid};

use crate::{Checked, Random, Timestamp};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Longest id that is taken in: room for UUIDs and for the subject of any identity provider.
const LONGEST: usize = 128;

/// A ULID: 26 characters of Crockford's base 32, sorted by time.
#[must_use]
pub fn new_ulid(now: Timestamp, random: &dyn Random) -> String {
    ulid_text(ulid_at(now, u128::from_le_bytes(random.bytes())))
}

/// The time in a ULID; `None` for what [`new_ulid`] does not write, small letters among it.
#[must_use]
pub fn ulid_time(text: &str) -> Option<Timestamp> {
    // The crate accepts lower-case letters, and drops the two bits that 26 characters have beyond
    // 128.
    let ulid = Ulid::from_string(text).ok().filter(|ulid| ulid_text(*ulid) == text)?;
    i64::try_from(ulid.timestamp_ms()).ok().map(Timestamp::from_millis)
}

/// The 10 characters that the ULIDs of `at` begin with; all ULIDs before it sort before them.
#[must_use]
pub fn ulid_prefix(at: Timestamp) -> String {
    let mut text = ulid_text(ulid_at(at, 0));
    text.truncate(10);
    text
}

/// Of `random`, the lower 80 bits; a time before 1970 is 1970.
fn ulid_at(time: Timestamp, random: u128) -> Ulid {
    Ulid::from_parts(u64::try_from(time.millis()).unwrap_or(0), random)
}

fn ulid_text(ulid: Ulid) -> String {
    ulid.array_to_str(&mut [0; ULID_LEN]).to_owned()
}

impl UserId {
    /// An id derived from `hash`, for a user who is known by something else than an id.
    #[must_use]
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        Self(format!("usr_{}", ulid_text(Ulid(first_half(hash)))).into())
    }
}

/// `length` random characters of `[0-9A-Za-z]`; 8 of them name profiles and media.
#[must_use]
pub fn short_id(length: usize, random: &dyn Random) -> String {
    (0..length).map(|_| base62(u128::from(random.below(62)))).collect()
}

/// `length` characters of `[0-9A-Za-z]` derived from `hash`; at most 21 of them are as good as
/// random.
#[must_use]
pub fn derived_id(length: usize, hash: &[u8; 32]) -> String {
    (0..length)
        .scan(first_half(hash), |rest, _| {
            let picked = base62(*rest);
            *rest /= 62;
            Some(picked)
        })
        .collect()
}

fn first_half(hash: &[u8; 32]) -> u128 {
    hash.iter().take(16).fold(0, |number: u128, byte| number << 8 | u128::from(*byte))
}

/// The last digit of `number`.
fn base62(number: u128) -> char {
    let digit = usize::try_from(number % 62).unwrap_or(0);
    BASE62.get(digit).copied().map_or('0', char::from)
}

/// Why a text is not an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be 1 to {LONGEST} characters of A-Z, a-z, 0-9 and _ - . : @ |")
    }
}

impl std::error::Error for InvalidId {}

fn checked(text: &str) -> Result<Arc<str>, InvalidId> {
    let fits = (1..=LONGEST).contains(&text.len());
    let clean = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:@|".contains(&byte));
    if fits && clean { Ok(text.into()) } else { Err(InvalidId) }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $example:literal, $make:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// A new one.
            #[must_use]
            pub fn generate(now: Timestamp, random: &dyn Random) -> Self {
                let make: fn(Timestamp, &dyn Random) -> String = $make;
                Self(make(now, random).into())
            }

            /// Takes in an existing id of any sane form.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                checked(text).map(Self)
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Checked for $name {
            type Invalid = InvalidId;

            fn from_input(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }

            fn from_stored(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[A-Za-z0-9_.:@|-]+$", "examples": [$example]})
            }
        }
    };
}

id!(
    /// Names a user: `usr_` and a ULID, or whatever id an imported user had.
    UserId, "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
    |now, random| format!("usr_{}", new_ulid(now, random))
);
id!(
    /// Names an alias: `alias_` and 12 base-62 characters, which tell nothing about the user behind
    /// it.
    AliasId, "alias_aB3cD4eF5gH6",
    |_, random| format!("alias_{}", short_id(12, random))
);
id!(
    /// Names a session: a ULID.
    SessionId, "01JD3Z5K8QW4N6R7T9V2X0Y1AB",
    |now, random| new_ulid(now, random)
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn ulids_sort_by_time_and_have_26_characters() {
        let random = SeededRandom::new(1);
        let early = new_ulid(Timestamp::from_millis(1_000), &random);
        let late = new_ulid(Timestamp::from_millis(2_000), &random);
        assert!(early < late);
        assert_eq!(early.len(), 26);
    }

    #[test]
    fn a_ulid_says_when_it_was_made_and_what_is_no_ulid_says_nothing() {
        for millis in [0, 1, 1_800_000_000_123, (1 << 48) - 1] {
            let at = Timestamp::from_millis(millis);
            let id = new_ulid(at, &SeededRandom::new(7));
            assert_eq!(ulid_time(&id), Some(at));
            assert!(id.starts_with(&ulid_prefix(at)));
        }
        for other in [
            "",
            "01JD3Z5K8Q",
            "01JD3Z5K8QW4N6R7T9V2X0Y1A",
            "01JD3Z5K8QW4N6R7T9V2X0Y1A!",
            "01JD3Z5KUQW4N6R7T9V2X0Y1AB",
            "01jd3z5k8qw4n6r7t9v2x0y1ab",
            "81JD3Z5K8QW4N6R7T9V2X0Y1AB",
            "é1JD3Z5K8QW4N6R7T9V2X0Y1A",
        ] {
            assert_eq!(ulid_time(other), None, "{other}");
        }
    }

    #[test]
    fn a_ulid_sorts_before_the_prefix_of_the_next_millisecond() {
        let now = Timestamp::from_millis(1_800_000_000_123);
        let next = Timestamp::from_millis(now.millis() + 1);
        assert_eq!(ulid_prefix(now), "01MCC5RM3V");
        assert!(new_ulid(now, &SeededRandom::new(1)) < ulid_prefix(next));
    }

    #[test]
    fn generated_ids_have_the_documented_forms() {
        let random = SeededRandom::new(2);
        let user = UserId::generate(Timestamp::from_millis(1), &random);
        assert!(user.as_str().starts_with("usr_") && user.as_str().len() == 30);
        let alias = AliasId::generate(Timestamp::from_millis(1), &random);
        assert!(alias.as_str().starts_with("alias_") && alias.as_str().len() == 18);
    }

    #[test]
    fn ids_with_separators_of_keys_or_paths_are_refused() {
        for bad in ["", "a/b", "a#b", "a b", "ä", &"x".repeat(129)] {
            assert_eq!(UserId::parse(bad), Err(InvalidId));
        }
        assert!(UserId::parse("auth0|5f7c8ec7c33c6c004bbafe82").is_ok());
        let derived = UserId::from_hash(&[0xab; 32]);
        assert_eq!(
            (derived.as_str(), UserId::parse(derived.as_str())),
            ("usr_5BNENTQAXBNENTQAXBNENTQAXB", Ok(derived.clone()))
        );
    }
}
