//! Requests under an id of the service, which take effect once.

use std::time::Duration;

use selfsame_events::{Changes, Loaded, user_key};
use selfsame_primitives::{Keys, Timestamp, UserId};
use selfsame_store::{Key, Record, StoreError};
use selfsame_web::{Code, Detail, Problem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long an id is remembered.
pub(super) const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The outcome of a request, at `once/{act}/{eventId}` in the partition of its user. It expires
/// after [`REMEMBERED`], which bounds the partition's growth to the events of that time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdempotencyRecord {
    /// A keyed hash of the request.
    fingerprint: String,
    /// The answer.
    answer: Value,
    /// When.
    at: Timestamp,
}

impl Record for IdempotencyRecord {
    const KIND: &'static str = "service-once";
}

/// A request that takes effect once.
pub(super) struct IdempotentRequest {
    key: Key,
    fingerprint: String,
}

impl IdempotentRequest {
    /// The request of `act` for `user` under `event_id`, which is a checked name.
    ///
    /// The id alone identifies it, not the caller: the same event may come by several ways.
    pub(super) fn new(
        keys: &Keys,
        user: &UserId,
        (act, event_id): (&str, &str),
        request: &Value,
    ) -> Self {
        let request = sorted(request).to_string();
        Self {
            key: user_key(user, format!("once/{act}/{event_id}")),
            fingerprint: keys.name("service-once", &[act.as_bytes(), request.as_bytes()]),
        }
    }

    /// The key to load.
    pub(super) fn key(&self) -> Key {
        self.key.clone()
    }

    /// The answer of the first time, if there was one.
    pub(super) fn answer<T: DeserializeOwned>(
        &self,
        loaded: &Loaded,
    ) -> Result<Option<T>, Problem> {
        let Some(done) = loaded.get::<IdempotencyRecord>(&self.key)? else { return Ok(None) };
        if done.fingerprint != self.fingerprint {
            return Err(Problem::new(Code::IdempotencyMismatch, Detail::EventIdUsed));
        }
        let answer = serde_json::from_value(done.answer);
        Ok(Some(answer.map_err(|error| StoreError::Corrupt(format!("{}: {error}", self.key)))?))
    }

    /// `changes` with the record of the request and its answer.
    pub(super) fn done(&self, changes: Changes, answer: Value, now: Timestamp) -> Changes {
        let done = IdempotencyRecord { fingerprint: self.fingerprint.clone(), answer, at: now };
        changes.put_until(self.key(), &done, now.plus(REMEMBERED))
    }
}

/// The same JSON with sorted object members, so that their order does not matter.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_makes_no_difference() {
        let (keys, user) = (Keys::from_master(&[1; 32]), UserId::parse("usr_1").unwrap());
        let print = |request: Value| {
            IdempotentRequest::new(&keys, &user, ("stats", "e1"), &request).fingerprint
        };
        assert_eq!(
            print(json!({"a": 1, "b": [{"c": 1, "d": 2}]})),
            print(json!({"b": [{"d": 2, "c": 1}], "a": 1}))
        );
        assert_ne!(print(json!({"a": 1})), print(json!({"a": 2})));
    }

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored = br#"service-once/1
{"fingerprint":"abc","answer":{"userId":"usr_1"},"at":"2026-01-31T09:30:00.000Z"}"#;
        let done: IdempotencyRecord = decode(stored).unwrap();
        assert_eq!((done.fingerprint.as_str(), &done.answer), ("abc", &json!({"userId": "usr_1"})));
        assert_eq!(encode(&done), stored);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::IdempotencyRecord>();
    }
}
