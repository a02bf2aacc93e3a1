//! The record of a processed message.

use std::time::Duration;

use selfsame_events::{Changes, user_key};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record, Store, StoreError};
use serde::{Deserialize, Serialize};

/// How long the id of a message is remembered.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);

/// The key `message/{id}` of a processed message, in the partition of its user. It is written in
/// the commit of the message's change, so that there is never one without the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProcessedMessage(Key);

/// A message was processed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProcessedMessageRecord {
    /// When.
    at: Timestamp,
}

impl Record for ProcessedMessageRecord {
    const KIND: &'static str = "inbound-message";
}

impl ProcessedMessage {
    /// That of the message with `id` about `user`.
    #[must_use]
    pub fn of_message(user: &UserId, id: &str) -> Self {
        Self(user_key(user, format!("message/{id}")))
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.0
    }

    /// Whether the message was processed, read from the store.
    pub async fn is_there(&self, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(store.get(&self.0).await?.is_some())
    }

    /// `changes` with it.
    #[must_use]
    pub fn apply(&self, changes: Changes, now: Timestamp) -> Changes {
        changes.put_until(self.0.clone(), &ProcessedMessageRecord { at: now }, now.plus(REMEMBERED))
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored = b"inbound-message/1\n{\"at\":\"2026-01-31T09:30:00.000Z\"}";
        let seen: ProcessedMessageRecord = decode(stored).unwrap();
        assert_eq!(encode(&seen), stored);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::ProcessedMessageRecord>();
    }
}
