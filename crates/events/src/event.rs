//! What an event is, where it is stored, and which request caused it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use selfsame_primitives::{SessionId, Timestamp, UserId, stored};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ClientAddress;

/// The partition that holds everything about `user`.
#[must_use]
pub fn user_partition(user: &UserId) -> String {
    format!("user/{user}")
}

/// The key at `sort` in the partition of `user`.
#[must_use]
pub fn user_key(user: &UserId, sort: impl Into<String>) -> Key {
    Key::new(user_partition(user), sort)
}

/// The payload of a type of event.
pub trait EventPayload: Serialize + JsonSchema {
    /// The event's type, e.g. `profile.updated`. Never changed.
    const TYPE: &'static str;
    /// What has happened, in one sentence.
    const SUMMARY: &'static str;
    /// What receivers other than the user and this installation get of it.
    const TO_OTHERS: Redaction = Redaction::All;

    /// An example of `data`, for the catalog. A test refuses a feature's event that has none.
    #[must_use]
    fn example() -> Value {
        Value::Null
    }
}

/// What receivers other than the user get of a type of event. Payloads hold public values; this is
/// for what the user and their activity log need all the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Redaction {
    /// The whole payload.
    All,
    /// The payload without these members of `data`.
    Without(&'static [&'static str]),
    /// Only that it has happened: `data` is empty, and no request is named.
    Envelope,
}

/// A row of the event catalog.
#[derive(Clone, Copy, Debug)]
pub struct EventKind {
    /// The event's type.
    pub name: &'static str,
    /// What has happened, in one sentence.
    pub summary: &'static str,
    /// The JSON Schema of `data`.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// An example of `data`.
    pub example: fn() -> Value,
    /// What others get.
    pub to_others: Redaction,
}

impl EventKind {
    /// The row for `F`.
    #[must_use]
    pub fn of<F: EventPayload>() -> Self {
        Self {
            name: F::TYPE,
            summary: F::SUMMARY,
            schema: F::json_schema,
            example: F::example,
            to_others: F::TO_OTHERS,
        }
    }
}

/// A fact that was committed, as it is told to others.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// A ULID; the same at every delivery.
    pub event_id: String,
    /// What kind of fact, e.g. `user.username_updated`.
    pub event_type: String,
    /// When it was committed.
    pub occurred_at: Timestamp,
    /// Whom it is about.
    #[serde(deserialize_with = "stored::text")]
    pub subject: UserId,
    /// Counts the events of this subject from 1, without gaps.
    pub sequence: u64,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// What the kind says, by its schema.
    pub data: Value,
}

impl Event {
    /// Stands for an event whose entry is unreadable: its subject and sequence, without content.
    pub(crate) fn unreadable(subject: &UserId, sequence: u64, now: Timestamp) -> Self {
        Self {
            event_id: format!("{subject}-{sequence:012}"),
            event_type: "unreadable".to_owned(),
            occurred_at: now,
            subject: subject.clone(),
            sequence,
            request_id: None,
            data: Value::Null,
        }
    }
}

/// The request behind a change.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<ClientAddress>,
    /// What the client calls itself (`User-Agent`), shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The session it came with.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "stored::optional"
    )]
    pub session_id: Option<SessionId>,
}

/// An event in the partition of its subject, at `entry/000000000012`: the user's own activity log,
/// and what workers deliver from.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// A ULID.
    pub event_id: String,
    /// The event's type.
    pub event_type: String,
    /// When.
    pub occurred_at: Timestamp,
    /// The request that caused it.
    #[serde(flatten)]
    pub origin: Origin,
    /// The payload.
    pub data: Value,
    /// The span in which it was committed (W3C Trace Context), if that was sampled. Never part of
    /// an [`Event`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl Record for Entry {
    const KIND: &'static str = "entry";
}

impl Entry {
    /// The sort keys of all entries start with this.
    pub const PREFIX: &'static str = "entry/";

    /// The key of the entry with `sequence`: zero-padded, so that keys sort as numbers do.
    #[must_use]
    pub fn key(subject: &UserId, sequence: u64) -> Key {
        user_key(subject, format!("{}{sequence:012}", Self::PREFIX))
    }

    /// The event, as handlers get it.
    #[must_use]
    pub fn into_event(self, subject: UserId, sequence: u64) -> Event {
        Event {
            event_id: self.event_id,
            event_type: self.event_type,
            occurred_at: self.occurred_at,
            subject,
            sequence,
            request_id: self.origin.request_id,
            data: self.data,
        }
    }
}

/// Whether an account works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It does.
    #[default]
    Active,
    /// An administrator has stopped it.
    Suspended,
    /// The user has requested deletion.
    Leaving,
    /// A registration whose email address is not verified yet.
    Pending,
}

/// The head of a user's partition, at `head`: every change with events rewrites it, so that changes
/// of one user are one after the other.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The sequence of the last event; 0 where there is none yet.
    pub sequence: u64,
    /// Whether the account works.
    pub status: Status,
    /// The populations that the user is counted in, one bit each; `None` where the user was never
    /// counted.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub populations: Option<u32>,
}

impl Record for Head {
    const KIND: &'static str = "head";
}

impl Head {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "head")
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Entry>();
        are_read::<super::Head>();
    }
}
