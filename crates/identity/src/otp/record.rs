//! What is stored of one-time passwords.

use selfsame_events::Changes;
use selfsame_primitives::Timestamp;
use selfsame_store::{Key, Record};
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

/// Wrong tries that are counted together.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tries {
    /// Wrong tries since the last right one or the last cooldown.
    #[serde(default)]
    pub(super) failures: u32,
    /// When the last one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed_at: Option<Timestamp>,
    /// No code of six digits is taken before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cooling_until: Option<Timestamp>,
}

/// A code that was mailed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Issued {
    /// The keyed hash of the id of the request that it was mailed for, where that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<String>,
    /// Its keyed hash, with what it is bound to.
    pub(super) hash: String,
    /// Whether it is one that nobody guesses.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) long: bool,
    pub(super) expires_at: Timestamp,
    /// The wrong tries that brought the request's id.
    #[serde(flatten)]
    pub(super) tries: Tries,
}

/// The state of one purpose, at `otp/{purpose}` of where the holder's codes lie.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OtpRecord {
    /// The codes that were mailed lately, one for each request. An older form had one, as `issued`.
    #[serde(default)]
    pub(super) codes: Vec<Issued>,
    /// The wrong tries that brought the id of none of these requests.
    #[serde(flatten)]
    pub(super) tries: Tries,
    /// Wrong tries of any kind, until none was looked at for long; neither a right one nor a
    /// sign-in takes them back.
    #[serde(default)]
    pub(super) streak: u32,
    /// When the last of those was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wrong_at: Option<Timestamp>,
}

impl Record for OtpRecord {
    const KIND: &'static str = "one-time-password";
}

impl OtpRecord {
    /// Written to `place` with `changes`; to be gone at `until`, if at all.
    pub(super) fn put(&self, changes: Changes, key: &Key, until: Option<Timestamp>) -> Changes {
        match until {
            Some(until) => changes.put_until(key.clone(), self, until),
            None => changes.put(key.clone(), self),
        }
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::OtpRecord>();
    }
}
