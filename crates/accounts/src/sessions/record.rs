//! The stored form of a session.

use selfsame_basics::{SessionId, Timestamp, UserId};
use selfsame_events::user_key;
use selfsame_items::{Key, Record};
use serde::{Deserialize, Serialize};

/// A sign-in that lasts, at `session/{id}` of its user's partition. It ends by expiring there or by being deleted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// Its id: a ULID, so that the order of keys is that of beginnings.
    pub(crate) session_id: SessionId,
    /// What the person or the client calls the device.
    pub(crate) device: Option<String>,
    /// The address it was last refreshed from.
    pub(crate) ip: Option<String>,
    /// When it began.
    pub(crate) created_at: Timestamp,
    /// When it was last refreshed.
    pub(crate) last_seen_at: Timestamp,
    /// Random; with the installation's keys and `generation` it makes the refresh token.
    pub(crate) seed: String,
    /// Counts the refresh tokens from 1: only the last one is good.
    pub(crate) generation: u64,
    /// Whether the refresh token is given out as a cookie only.
    pub(crate) cookie: bool,
}

impl Record for Session {
    const KIND: &'static str = "session";
}

impl Session {
    /// The sort keys of all sessions start with this.
    pub(crate) const PREFIX: &'static str = "session/";

    /// The place of the session with `id`.
    pub(crate) fn key(user: &UserId, id: &SessionId) -> Key {
        user_key(user, format!("{}{id}", Self::PREFIX))
    }
}
