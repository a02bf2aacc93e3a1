//! What a rule decides.

use std::collections::BTreeMap;

use bytes::Bytes;
use selfsame_primitives::Timestamp;
use selfsame_store::{Action, Key, Record, encode};
use serde_json::Value;

use crate::population::Membership;
use crate::{EventPayload, Population, Status};

/// An event that a change emits: its type and its payload.
pub(crate) type PendingEvent = (&'static str, Value);

/// Everything that one decision changes: records, and the events it emits. Committed all or
/// nothing.
#[derive(Debug, Default)]
pub struct Changes {
    pub(crate) actions: BTreeMap<Key, Action>,
    pub(crate) events: Vec<PendingEvent>,
    pub(crate) status: Option<Status>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) membership: Membership,
}

impl Changes {
    /// No change.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Makes or replaces the record at `key`.
    #[must_use]
    pub fn put<R: Record>(self, key: Key, record: &R) -> Self {
        self.action(key, Action::Put { body: Bytes::from(encode(record)), expires_at: None })
    }

    /// Makes or replaces the record at `key`, to be gone at `expires_at`.
    #[must_use]
    pub fn put_until<R: Record>(self, key: Key, record: &R, expires_at: Timestamp) -> Self {
        self.action(
            key,
            Action::Put { body: Bytes::from(encode(record)), expires_at: Some(expires_at) },
        )
    }

    /// Deletes what is at `key`.
    #[must_use]
    pub fn delete(self, key: Key) -> Self {
        self.action(key, Action::Delete)
    }

    /// Emits an event.
    #[must_use]
    pub fn emit<F: EventPayload>(mut self, event: &F) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "payloads are plain structs with text keys, which JSON can always hold"
        )]
        self.events.push((F::TYPE, serde_json::to_value(event).expect("an event payload is JSON")));
        self
    }

    /// Sets whether the account works.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the account's status, for a user who is gone at `until` unless the status is set again.
    /// The head expires then, and, at the latest, so does everything that is written with it and
    /// about this user from now on. A change that sets the status for good must write again what is
    /// to stay.
    #[must_use]
    pub fn status_until(mut self, status: Status, until: Timestamp) -> Self {
        self.until = Some(until);
        self.status(status)
    }

    /// Says that the user is in `population`, or is not. A pending registration is in none.
    #[must_use]
    pub fn counted(mut self, population: Population, is_in: bool) -> Self {
        self.membership.set(population, is_in);
        self
    }

    /// Says that [`Changes::counted`] was called for every population: for a user from before there
    /// were populations.
    #[must_use]
    pub fn counted_whole(mut self) -> Self {
        self.membership.set_whole();
        self
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
            && self.events.is_empty()
            && self.status.is_none()
            && self.membership.is_empty()
    }

    fn action(mut self, key: Key, action: Action) -> Self {
        self.actions.insert(key, action);
        self
    }
}
