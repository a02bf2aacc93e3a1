//! The stored form of the keys that tokens are signed with.

use selfsame_primitives::Timestamp;
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// Where all signing keys lie; it belongs to no user.
pub(crate) const PARTITION: &str = "signing-keys";

/// A key pair, sealed with the keys of the installation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SigningKey {
    /// PKCS #8, sealed, in base 64.
    pub(crate) sealed: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Verified with at once, signed with only from here on: by then every cache of the public keys
    /// holds it.
    pub(crate) signs_from: Timestamp,
}

impl Record for SigningKey {
    const KIND: &'static str = "signing-key";
}

impl SigningKey {
    /// The key of signing key `number`. Numbers make concurrent nodes collide: of two that create
    /// the next key, one wins.
    pub(crate) fn key(number: u32) -> Key {
        Key::new(PARTITION, format!("{number:06}"))
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::SigningKey>();
    }
}
