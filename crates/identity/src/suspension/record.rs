//! The record of a suspension.

use schemars::JsonSchema;
use selfsame_events::{Status, user_key};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// Why and since when an account is suspended, at `standing` of its partition; nothing lies there
/// while it works.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Why, for those who decide about it.
    pub reason: String,
    /// Who has suspended it.
    pub service: String,
    /// When.
    pub at: Timestamp,
    /// What it was before, and will be again.
    pub before: Status,
}

impl Record for Suspension {
    const KIND: &'static str = "suspension";
}

impl Suspension {
    /// Its place.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "standing")
    }
}

/// Whether an account works.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Standing")]
pub struct SuspensionView {
    /// Whose.
    pub user_id: UserId,
    /// `active`, `suspended`, `leaving` or `pending`.
    #[schemars(with = "String")]
    pub status: Status,
    /// Why it is suspended; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who has suspended it; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Since when it is suspended; absent where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Timestamp>,
}

impl SuspensionView {
    /// How `user` stands: `status`, and why where the account is stopped.
    #[must_use]
    pub fn of(user: &UserId, status: Status, suspension: Option<Suspension>) -> Self {
        let Some(Suspension { reason, service, at, .. }) = suspension else {
            return Self {
                user_id: user.clone(),
                status,
                reason: None,
                service: None,
                suspended_at: None,
            };
        };
        Self {
            user_id: user.clone(),
            status,
            reason: Some(reason),
            service: Some(service),
            suspended_at: Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn what_was_stored_once_is_read_for_ever() {
        let stored = br#"suspension/1
{"reason":"Spam","service":"moderation","at":"2026-01-31T09:30:00.000Z","before":"active"}"#;
        let suspension: Suspension = decode(stored).unwrap();
        assert_eq!((suspension.reason.as_str(), suspension.before), ("Spam", Status::Active));
        assert_eq!(encode(&suspension), stored);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Suspension>();
    }
}
