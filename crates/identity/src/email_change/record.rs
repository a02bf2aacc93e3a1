//! The pending address.

use selfsame_events::user_key;
use selfsame_primitives::{EmailAddress, UserId, stored};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// The address that a code was sent to, at `pending-email` of its user's partition; it expires with
/// the code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PendingEmail {
    /// The address.
    #[serde(deserialize_with = "stored::text")]
    pub email: EmailAddress,
}

impl Record for PendingEmail {
    const KIND: &'static str = "pending-email";
}

impl PendingEmail {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "pending-email")
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"pending-email/1
{"email":"newemail@example.com"}"#;
        let pending: PendingEmail = decode(stored).unwrap();
        assert_eq!(pending.email.as_str(), "newemail@example.com");
        assert_eq!(encode(&pending), stored);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::PendingEmail>();
    }
}
