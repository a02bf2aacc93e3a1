//! The stored records of one-time passwords.

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

/// Wrong attempts with a common cooldown.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tries {
    /// Wrong attempts since the last cooldown.
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
    /// Whether it is a long code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) long: bool,
    pub(super) expires_at: Timestamp,
    /// The wrong attempts with the id of the request.
    #[serde(flatten)]
    pub(super) tries: Tries,
}

/// The codes and counts of one purpose, at `otp/{purpose}` in the partition of the subject.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OtpRecord {
    /// The recent codes, one per request. An older form had one, as `issued`.
    #[serde(default)]
    pub(super) codes: Vec<Issued>,
    /// The wrong attempts without an id, or with an id of none of these requests.
    #[serde(flatten)]
    pub(super) tries: Tries,
    /// Wrong attempts of any kind. Only 30 days without one reset them, neither a right code nor a
    /// sign-in: a reset would reveal that the address has an account and that its owner was there
    /// (decision 0042).
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
    /// Writes it to `key` with `changes`; it expires at `until`, if given.
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
