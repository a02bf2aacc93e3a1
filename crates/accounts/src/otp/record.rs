//! What is stored of one-time passwords.

use selfsame_basics::Timestamp;
use selfsame_items::Record;
use serde::{Deserialize, Serialize};

/// What a code is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Purpose {
    /// To show that the account's address is one's own.
    EmailVerification,
    /// The same for an address that is to take its place.
    EmailUpdate,
    /// To choose a new password.
    PasswordReset,
    /// To confirm that everything is to go.
    AccountDeletion,
}

impl Purpose {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailVerification => "EMAIL_VERIFICATION",
            Self::EmailUpdate => "EMAIL_UPDATE",
            Self::PasswordReset => "PASSWORD_RESET",
            Self::AccountDeletion => "ACCOUNT_DELETION",
        }
    }
}

/// A code that may be used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Issued {
    /// Its keyed hash, with what it is bound to.
    pub(super) hash: String,
    pub(super) expires_at: Timestamp,
}

/// The state of one purpose, at `otp/{purpose}` of the holder's partition.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Passcode {
    /// The newest code, unless it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) issued: Option<Issued>,
    /// Wrong tries since the last right one or the last cooldown.
    #[serde(default)]
    pub(super) failures: u32,
    /// When the last wrong try was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed_at: Option<Timestamp>,
    /// No code is taken before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cooling_until: Option<Timestamp>,
    /// Wrong tries in a row since the last right one or the last full sign-in.
    #[serde(default)]
    pub(super) streak: u32,
}

impl Record for Passcode {
    const KIND: &'static str = "one-time-password";
}

#[cfg(test)]
mod stored_forms {
    use selfsame_items::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Passcode>();
    }
}
