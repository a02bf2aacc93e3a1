//! Earlier passwords, which are not accepted again.

use selfsame_events::user_key;
use selfsame_password_hashing::REMEMBERED;
use selfsame_primitives::UserId;
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// The hashes of earlier passwords, the newest first, at `passwords` of their user's partition. The
/// present one is in the account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct History {
    /// In the PHC string format.
    pub(super) earlier: Vec<String>,
}

impl Record for History {
    const KIND: &'static str = "passwords";
}

impl History {
    /// Its place.
    pub(super) fn key(user: &UserId) -> Key {
        user_key(user, "passwords")
    }

    /// The history after `replaced` was the present password.
    pub(super) fn after(mut self, replaced: String) -> Self {
        self.earlier.insert(0, replaced);
        self.earlier.truncate(REMEMBERED - 1);
        self
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::History>();
    }
}
