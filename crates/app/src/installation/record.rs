//! The record of an installation.

use selfsame_primitives::Timestamp;
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// The record at `installation installation`: one per store, written when it is made and read at
/// every start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    /// The fingerprint of the master key that the store was made under.
    pub key_fingerprint: String,
    /// When it was last restored from a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
}

impl Record for Installation {
    const KIND: &'static str = "installation";
}

impl Installation {
    /// Its key, which belongs to no user.
    #[must_use]
    pub fn key() -> Key {
        Key::new("installation", "installation")
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Installation>();
    }
}
