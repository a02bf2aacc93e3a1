//! When a username was changed.

use selfsame_events::user_key;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// The last change of a username, at `username` of its user's partition; not there before the
/// first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsernameChangeRecord {
    /// When it was.
    pub(super) changed_at: Timestamp,
}

impl Record for UsernameChangeRecord {
    const KIND: &'static str = "username";
}

impl UsernameChangeRecord {
    /// Its place.
    pub(super) fn key(user: &UserId) -> Key {
        user_key(user, "username")
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::UsernameChangeRecord>();
    }
}
