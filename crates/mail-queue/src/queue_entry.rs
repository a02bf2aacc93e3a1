//! Queue entries: which mails wait, until when, in a few partitions that all nodes read.

use selfsame_mail::Template;
use selfsame_platform::DueLayout;
use selfsame_store::Record;
use serde::{Deserialize, Serialize};

/// The partitions of the queue start with this.
pub(super) const PARTITIONS: &str = "mail-queue/";
/// Where the entries lie, by the ids of their mails.
pub(super) const QUEUE: DueLayout<QueueEntry> =
    DueLayout::new(8, |shard| format!("{PARTITIONS}{shard}"));

/// A mail that waits to be sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueueEntry {
    /// The partition of its recipient.
    pub(super) partition: String,
    /// Its id.
    pub(super) letter: String,
    /// How often it could not be sent.
    #[serde(default)]
    pub(super) failures: u32,
    /// How much of a day's quota it may use.
    #[serde(default, skip_serializing_if = "Share::is_usual")]
    pub(super) share: Share,
    /// The day on whose quota it was counted, as days since 1970: tries of one day count once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) counted_on: Option<i64>,
}

impl Record for QueueEntry {
    const KIND: &'static str = "mail-slip";
}

impl QueueEntry {
    pub(super) fn new(partition: &str, letter: &str, share: Share) -> Self {
        let (partition, letter) = (partition.to_owned(), letter.to_owned());
        Self { partition, letter, failures: 0, share, counted_on: None }
    }
}

/// The part of a day's quota that a mail may use. The rest is reserved for users who can't sign in
/// without a mail: neither news of an account, nor mails that an account causes, nor made-up
/// registrations can use up their way back in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Share {
    /// Four fifths.
    #[default]
    Usual,
    /// Nine tenths: mails about registrations.
    Verification,
    /// All of it: mails that give a new password.
    Recovery,
}

impl Share {
    pub(super) const fn of(template: &Template) -> Self {
        match template {
            Template::PasswordReset { .. } => Self::Recovery,
            Template::EmailVerification { .. } | Template::KnownAddress { .. } => {
                Self::Verification
            }
            Template::EmailChange { .. }
            | Template::EmailChanged { .. }
            | Template::PasswordChanged { .. }
            | Template::AccountDeletion { .. }
            | Template::TwoFactorOn { .. }
            | Template::TwoFactorOff { .. }
            | Template::RecoveryCodesReplaced { .. }
            | Template::PasskeyAdded { .. }
            | Template::PasskeyRemoved { .. }
            | Template::SecurityAlert { .. }
            | Template::NewSignIn { .. } => Self::Usual,
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) const fn is_usual(&self) -> bool {
        matches!(self, Self::Usual)
    }

    pub(super) const fn of_limit(self, limit: u32) -> u32 {
        match self {
            Self::Usual => limit - limit / 5,
            Self::Verification => limit - limit / 10,
            Self::Recovery => limit,
        }
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::QueueEntry>();
    }
}
