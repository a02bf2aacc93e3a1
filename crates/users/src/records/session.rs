//! The stored form of a session.

use selfsame_events::{ClientAddress, user_key};
use selfsame_primitives::{SessionId, Timestamp, UserId, stored};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// A sign-in that lasts, at `session/{id}` of its user's partition. It ends by expiring there or by
/// being deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id: a ULID, so that the order of keys is that of beginnings.
    #[serde(rename = "sessionId", deserialize_with = "stored::text")]
    pub id: SessionId,
    /// The name of the device, by the user or the client.
    pub device: Option<String>,
    /// The address it was last refreshed from.
    pub ip: Option<ClientAddress>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_seen_at: Timestamp,
    /// Random; with the installation's keys and `generation` it makes the refresh token.
    pub seed: String,
    /// Counts the refresh tokens from 1. The last one is good, and so is the one before it until
    /// the last one was used.
    pub generation: u64,
    /// The kind of client that spent the token before the last one, which it alone may use again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_kind: Option<String>,
    /// How often the token before the last one was used again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeats: u32,
    /// Whether the refresh token is given out as a cookie only.
    pub cookie: bool,
    /// When the user last reauthenticated; `None` if only the sign-in did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reauthenticated_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Record for Session {
    const KIND: &'static str = "session";
}

impl Session {
    /// The sort keys of all sessions start with this.
    pub const PREFIX: &'static str = "session/";

    /// When the user last authenticated.
    #[must_use]
    pub fn proven_at(&self) -> Timestamp {
        self.reauthenticated_at.unwrap_or(self.created_at)
    }

    /// The key of the session with `id`.
    #[must_use]
    pub fn key(user: &UserId, id: &SessionId) -> Key {
        user_key(user, format!("{}{id}", Self::PREFIX))
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn the_stored_form_is_still_read() {
        let stored = br#"session/1
{"sessionId":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","device":"Firefox","ip":{"network":"203.0.113.0","sealed":"20778.c2VhbGVk"},"createdAt":"2026-01-31T09:30:00.000Z","lastSeenAt":"2026-01-31T09:45:00.000Z","seed":"c2VlZA","generation":2,"cookie":true}"#;
        let session: Session = decode(stored).unwrap();
        assert_eq!(
            (session.generation, session.cookie, session.device.as_deref()),
            (2, true, Some("Firefox"))
        );
        assert_eq!(encode(&session), stored);
    }

    #[test]
    fn the_first_stored_form_with_a_whole_address_is_still_read_and_not_written_again() {
        let stored = br#"session/1
{"sessionId":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","device":"Firefox","ip":"203.0.113.7","createdAt":"2026-01-31T09:30:00.000Z","lastSeenAt":"2026-01-31T09:45:00.000Z","seed":"c2VlZA","generation":2,"cookie":true}"#;
        let session: Session = decode(stored).unwrap();
        assert_eq!(session.ip, Some(ClientAddress::of([203, 0, 113, 7].into())));
        let written = String::from_utf8(encode(&session)).unwrap();
        assert!(written.contains(r#""ip":{"network":"203.0.113.0"},"#), "{written}");
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Session>();
    }
}
