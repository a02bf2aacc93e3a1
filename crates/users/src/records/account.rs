//! The private side of a user: what signs in and what is written to. Never shown to others.

use selfsame_events::user_key;
use selfsame_primitives::{EmailAddress, Timestamp, UserId, Username, stored};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

/// A user's account, at `account` of their partition.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The email address; `None` for users of another issuer that does not provide one.
    #[serde(default, deserialize_with = "stored::optional")]
    pub email: Option<EmailAddress>,
    /// Whether its owner has shown that it is theirs.
    pub email_verified: bool,
    /// The name others find the user by.
    #[serde(default, deserialize_with = "stored::optional")]
    pub username: Option<Username>,
    /// Argon2id in the PHC string format; none where only another issuer signs the user in.
    pub password: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When its owner last signed in with a password.
    pub last_login_at: Option<Timestamp>,
    /// Whether the user is an administrator; only the command line sets it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub administrator: bool,
}

impl Record for Account {
    const KIND: &'static str = "account";
}

impl Account {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "account")
    }
}

/// Says that a username, an email address or the id of a profile or picture belongs to a user: made
/// with the guard that there is none, so that it is unique.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Whose it is.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// The username that its owner gave up: while the claim lasts it is reserved, and requests for
    /// it are redirected.
    #[serde(
        default,
        deserialize_with = "stored::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub former: Option<Username>,
}

impl Record for Claim {
    const KIND: &'static str = "claim";
}

impl Claim {
    /// A claim that lasts.
    #[must_use]
    pub const fn of(user_id: UserId) -> Self {
        Self { user_id, former: None }
    }

    /// The key of the claim on one form of a username; see
    /// [`selfsame_primitives::Username::claimed_forms`].
    #[must_use]
    pub fn username_key(form: &str) -> Key {
        Self::key("username", form)
    }

    /// The key of the claim on `name` among those of a `kind`.
    #[must_use]
    pub fn key(kind: &str, name: &str) -> Key {
        Key::new(format!("claim/{kind}/{name}"), "claim")
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Account>();
        are_read::<super::Claim>();
    }
}
