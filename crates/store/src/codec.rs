//! The stored form of records: a header line with kind and version, then JSON.
//!
//! `profile/2\n{"displayName":…}`: readable in the shell of any store, and a reader of another kind
//! or of an older version gets an error instead of guessing. Every kind has samples of its forms,
//! in `stored/{kind}` of its crate; see `conformance::stored_forms`.

use std::cmp::Ordering;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::StoreError;

/// Something that is stored, with its kind and the version of its form.
pub trait Record: Serialize + DeserializeOwned {
    /// What it is, e.g. `profile`. Never changed, never used again for something else.
    const KIND: &'static str;
    /// The version of the form that is written.
    const VERSION: u16 = 1;

    /// Reads a form of an older version.
    fn upgrade(version: u16, old: &[u8]) -> Result<Self, Unreadable> {
        let _ = old;
        Err(Unreadable::Corrupt(format!("{} has no version {version}", Self::KIND)))
    }
}

/// Why stored bytes can't be decoded as the expected record.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Unreadable {
    /// Written by a later release. The record is whole, and must be left where it is.
    #[error("{kind}/{found} was written by a later release; this one knows {kind}/{known}")]
    Newer {
        /// What it is.
        kind: &'static str,
        /// The version that was found.
        found: u16,
        /// The newest version that is known.
        known: u16,
    },
    /// They are no such record.
    #[error("{0}")]
    Corrupt(String),
}

impl From<Unreadable> for StoreError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Newer { .. } => Self::Newer(unreadable.to_string()),
            Unreadable::Corrupt(reason) => Self::Corrupt(reason),
        }
    }
}

/// The stored form of `record`.
///
/// A stored form must be readable for ever, so with debug assertions a form that [`decode`] refuses
/// is a panic, before anything of it is committed. A rule must bound values that clients make up;
/// see [`is_deeper`].
#[must_use]
pub fn encode<R: Record>(record: &R) -> Vec<u8> {
    let mut bytes = format!("{}/{}\n", R::KIND, R::VERSION).into_bytes();
    #[expect(
        clippy::expect_used,
        reason = "records are plain structs with text keys, which JSON can always hold"
    )]
    serde_json::to_writer(&mut bytes, record).expect("a record is JSON");
    if cfg!(debug_assertions)
        && let Err(error) = decode::<R>(&bytes)
    {
        unreachable!("what is written can't be read: {error}");
    }
    bytes
}

/// The most levels of objects and lists in a value that a client makes up. JSON readers give up at
/// 128 levels, and others, or readers of what such a value is wrapped in, earlier.
pub const MAX_LEVELS: usize = 32;

/// Whether `value` has more than `levels` of objects and lists in each other.
#[must_use]
pub fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Value::Object(members) => {
            levels == 0 || members.values().any(|member| is_deeper(member, levels - 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The record in its stored form `bytes`, of this version or an older one.
pub fn decode<R: Record>(bytes: &[u8]) -> Result<R, Unreadable> {
    let (found, json) = split(R::KIND, bytes)?;
    match found.cmp(&R::VERSION) {
        Ordering::Less => R::upgrade(found, json),
        Ordering::Equal => serde_json::from_slice(json)
            .map_err(|error| Unreadable::Corrupt(format!("{}: {error}", R::KIND))),
        Ordering::Greater => Err(Unreadable::Newer { kind: R::KIND, found, known: R::VERSION }),
    }
}

/// The kind of record that `bytes` are the stored form of, whatever its version; `None` where they
/// are of none.
#[must_use]
pub fn kind(bytes: &[u8]) -> Option<&str> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let (kind, version) = std::str::from_utf8(line).ok()?.rsplit_once('/')?;
    version.parse::<u16>().ok().map(|_| kind)
}

fn split<'b>(kind: &str, bytes: &'b [u8]) -> Result<(u16, &'b [u8]), Unreadable> {
    let end = bytes.iter().take(64).position(|byte| *byte == b'\n');
    let (line, json) =
        end.and_then(|end| bytes.split_at_checked(end)).ok_or_else(|| headless(kind))?;
    let line = std::str::from_utf8(line).map_err(|_| headless(kind))?;
    let (found, version) = line.rsplit_once('/').ok_or_else(|| headless(kind))?;
    let version = version.parse().map_err(|_| headless(kind))?;
    if found == kind {
        Ok((version, json))
    } else {
        Err(Unreadable::Corrupt(format!("expected {kind}, found {found}")))
    }
}

fn headless(kind: &str) -> Unreadable {
    Unreadable::Corrupt(format!("expected {kind}, found bytes without a kind"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Note {
        text: String,
    }

    impl Record for Note {
        const KIND: &'static str = "note";
        const VERSION: u16 = 2;

        fn upgrade(_: u16, old: &[u8]) -> Result<Self, Unreadable> {
            let text = String::from_utf8(old.to_vec())
                .map_err(|error| Unreadable::Corrupt(error.to_string()))?;
            Ok(Self { text: text.trim().to_owned() })
        }
    }

    #[test]
    fn a_record_says_what_it_is_and_comes_back() {
        let note = Note { text: "hello".into() };
        assert_eq!(encode(&note), b"note/2\n{\"text\":\"hello\"}");
        assert_eq!(decode::<Note>(&encode(&note)), Ok(note));
    }

    #[derive(Serialize, Deserialize, Debug)]
    struct Free {
        data: Value,
    }

    impl Record for Free {
        const KIND: &'static str = "free";
    }

    /// A list in a list and so on, `levels` in all.
    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
    }

    #[test]
    fn levels_are_those_of_objects_and_lists() {
        for flat in [json!(null), json!(1), json!("[[]]")] {
            assert!(!is_deeper(&flat, 0), "{flat}");
        }
        for one in [json!([]), json!({}), json!([1, "a"]), json!({"a": 1})] {
            assert_eq!((is_deeper(&one, 0), is_deeper(&one, 1)), (true, false), "{one}");
        }
        let mixed = json!({"a": 1, "b": [{"c": []}]});
        assert_eq!((is_deeper(&mixed, 3), is_deeper(&mixed, 4)), (true, false));
    }

    #[test]
    fn a_value_with_as_many_levels_as_are_taken_comes_back() {
        let free = Free { data: nested(MAX_LEVELS) };
        assert_eq!(decode::<Free>(&encode(&free)).unwrap().data, free.data);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "what is written can't be read: free: recursion limit exceeded")]
    fn an_unreadable_form_is_not_written() {
        let _ = encode(&Free { data: nested(128) });
    }

    #[test]
    fn an_older_form_is_upgraded_and_a_newer_one_differs_from_an_unreadable_one() {
        assert_eq!(decode::<Note>(b"note/1\nold"), Ok(Note { text: "old".into() }));
        let newer = decode::<Note>(b"note/3\n{}").unwrap_err();
        assert_eq!(newer, Unreadable::Newer { kind: "note", found: 3, known: 2 });
        assert_eq!(
            newer.to_string(),
            "note/3 was written by a later release; this one knows note/2"
        );
        assert!(matches!(StoreError::from(newer), StoreError::Newer(_)));
        let corrupt = decode::<Note>(b"note/2\n{}").unwrap_err();
        assert!(matches!(StoreError::from(corrupt), StoreError::Corrupt(_)));
    }

    #[test]
    fn the_kind_is_read_without_the_rest() {
        assert_eq!(kind(b"note/7\nwhat nobody knows"), Some("note"));
        for none in [b"".as_slice(), b"note", b"note/x\n{}", &[0xFF, b'/', b'1']] {
            assert_eq!(kind(none), None);
        }
    }

    #[test]
    fn other_kinds_and_other_bytes_are_refused() {
        for bytes in
            [b"memo/2\n{}".as_slice(), b"", b"{}", b"note/x\n{}", b"note/2\n{", &[0xFF; 100]]
        {
            assert!(matches!(decode::<Note>(bytes), Err(Unreadable::Corrupt(_))));
        }
    }
}
