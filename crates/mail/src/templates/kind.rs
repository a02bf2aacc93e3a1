//! The kinds of mail, each with its values.

use std::fmt;

use selfsame_primitives::Timestamp;
use serde::{Deserialize, Serialize};

/// The names of all kinds: what overrides are named after.
pub const KINDS: &[&str] = &[
    "email-verification",
    "email-change",
    "email-changed",
    "password-reset",
    "password-changed",
    "account-deletion",
    "two-factor-on",
    "two-factor-off",
    "recovery-codes-replaced",
    "passkey-added",
    "passkey-removed",
    "known-address",
    "security-alert",
    "new-sign-in",
];

/// How long most codes are good (SPEC 11).
const CODE_MINUTES: u32 = 10;

const fn usual() -> u32 {
    CODE_MINUTES
}

/// When something happened, and from where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Circumstances {
    /// When.
    pub at: Timestamp,
    /// What the client called itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
}

/// What monitoring found odd.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertDetails {
    /// Wrong passwords, several times.
    FailedSignIns,
    /// Wrong codes, several times.
    Guessing,
    /// A refresh token was used twice.
    TokenReuse,
    /// Something important changed soon after a new device came.
    QuickChange,
    /// A sign-in from a network that was not seen before.
    NewNetwork,
    /// Wrong codes at the second step: the client knew the password.
    SecondStep,
    /// A passkey exists twice.
    PasskeyCopied,
    /// Very many profiles were read with the account.
    MassReads,
}

/// A mail before it is rendered. It holds codes and links, so it is sealed wherever it is stored,
/// and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Template {
    /// To show that an address is one's own.
    EmailVerification {
        /// What is to be typed.
        code: String,
        /// How long it is good.
        #[serde(default = "usual")]
        minutes: u32,
        /// The name that was registered with the address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// When that was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// The same for the new address of an account; sent to the new one.
    EmailChange {
        /// What is to be typed.
        code: String,
        /// How long it is good.
        #[serde(default = "usual")]
        minutes: u32,
    },
    /// To the old address.
    EmailChanged {
        /// The new address.
        new_email: String,
        /// Brings the old one back.
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// To choose a new password.
    PasswordReset {
        /// What is to be typed.
        code: String,
        /// How long it is good.
        #[serde(default = "usual")]
        minutes: u32,
    },
    /// The password is another one now.
    PasswordChanged {
        /// Ends all sessions and asks for a new password.
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// To confirm that everything is to go.
    AccountDeletion {
        /// What is to be typed.
        code: String,
        /// How long it is good.
        #[serde(default = "usual")]
        minutes: u32,
    },
    /// Signing in takes a second factor now.
    TwoFactorOn {
        /// Undoes it.
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// Signing in takes no second factor any more.
    TwoFactorOff {
        /// Undoes it.
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// There are new recovery codes, and the old ones are worth nothing.
    RecoveryCodesReplaced {
        /// Brings the old ones back.
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// A new passkey signs in.
    PasskeyAdded {
        /// What it is called.
        name: String,
        /// Removes it.
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// A passkey can no longer be used to sign in.
    PasskeyRemoved {
        /// What it was called.
        name: String,
        /// "This wasn't me".
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// Somebody registered with an address that has an account.
    KnownAddress {
        /// Where to sign in.
        sign_in_url: String,
    },
    /// Unusual activity was detected.
    SecurityAlert {
        /// What.
        finding: AlertDetails,
        /// "This wasn't me".
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
    /// Somebody signed in from a new device.
    NewSignIn {
        /// "This wasn't me".
        undo_url: String,
        /// When and from where.
        circumstances: Circumstances,
    },
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({})", self.kind())
    }
}

impl Template {
    /// The name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::EmailVerification { .. } => "email-verification",
            Self::EmailChange { .. } => "email-change",
            Self::EmailChanged { .. } => "email-changed",
            Self::PasswordReset { .. } => "password-reset",
            Self::PasswordChanged { .. } => "password-changed",
            Self::AccountDeletion { .. } => "account-deletion",
            Self::TwoFactorOn { .. } => "two-factor-on",
            Self::TwoFactorOff { .. } => "two-factor-off",
            Self::RecoveryCodesReplaced { .. } => "recovery-codes-replaced",
            Self::PasskeyAdded { .. } => "passkey-added",
            Self::PasskeyRemoved { .. } => "passkey-removed",
            Self::KnownAddress { .. } => "known-address",
            Self::SecurityAlert { .. } => "security-alert",
            Self::NewSignIn { .. } => "new-sign-in",
        }
    }

    /// The code in it, where it has one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::EmailVerification { code, .. }
            | Self::EmailChange { code, .. }
            | Self::PasswordReset { code, .. }
            | Self::AccountDeletion { code, .. } => Some(code),
            Self::EmailChanged { .. }
            | Self::PasswordChanged { .. }
            | Self::TwoFactorOn { .. }
            | Self::TwoFactorOff { .. }
            | Self::RecoveryCodesReplaced { .. }
            | Self::PasskeyAdded { .. }
            | Self::PasskeyRemoved { .. }
            | Self::KnownAddress { .. }
            | Self::SecurityAlert { .. }
            | Self::NewSignIn { .. } => None,
        }
    }

    /// How many minutes the code in it is good, where it has one.
    #[must_use]
    pub const fn code_minutes(&self) -> Option<u32> {
        match self {
            Self::EmailVerification { minutes, .. }
            | Self::EmailChange { minutes, .. }
            | Self::PasswordReset { minutes, .. }
            | Self::AccountDeletion { minutes, .. } => Some(*minutes),
            Self::EmailChanged { .. }
            | Self::PasswordChanged { .. }
            | Self::TwoFactorOn { .. }
            | Self::TwoFactorOff { .. }
            | Self::RecoveryCodesReplaced { .. }
            | Self::PasskeyAdded { .. }
            | Self::PasskeyRemoved { .. }
            | Self::KnownAddress { .. }
            | Self::SecurityAlert { .. }
            | Self::NewSignIn { .. } => None,
        }
    }

    /// Where its button leads, where it has one.
    pub(super) fn link(&self) -> Option<&str> {
        match self {
            Self::EmailChanged { undo_url, .. }
            | Self::PasswordChanged { undo_url, .. }
            | Self::TwoFactorOn { undo_url, .. }
            | Self::TwoFactorOff { undo_url, .. }
            | Self::RecoveryCodesReplaced { undo_url, .. }
            | Self::PasskeyAdded { undo_url, .. }
            | Self::PasskeyRemoved { undo_url, .. }
            | Self::SecurityAlert { undo_url, .. }
            | Self::NewSignIn { undo_url, .. } => Some(undo_url),
            Self::KnownAddress { sign_in_url } => Some(sign_in_url),
            Self::EmailVerification { .. }
            | Self::EmailChange { .. }
            | Self::PasswordReset { .. }
            | Self::AccountDeletion { .. } => None,
        }
    }

    fn circumstances(&self) -> Option<&Circumstances> {
        match self {
            Self::EmailChanged { circumstances, .. }
            | Self::PasswordChanged { circumstances, .. }
            | Self::TwoFactorOn { circumstances, .. }
            | Self::TwoFactorOff { circumstances, .. }
            | Self::RecoveryCodesReplaced { circumstances, .. }
            | Self::PasskeyAdded { circumstances, .. }
            | Self::PasskeyRemoved { circumstances, .. }
            | Self::SecurityAlert { circumstances, .. }
            | Self::NewSignIn { circumstances, .. } => Some(circumstances),
            Self::EmailVerification { .. }
            | Self::EmailChange { .. }
            | Self::PasswordReset { .. }
            | Self::AccountDeletion { .. }
            | Self::KnownAddress { .. } => None,
        }
    }

    /// The rows of its table: the name of a word of the frame, and what stands beside it.
    pub(super) fn details(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if let Self::EmailVerification { name, at, .. } = self {
            rows.extend(name.clone().map(|name| ("name", name)));
            rows.extend(at.map(|at| ("at", readable(at))));
        }
        if let Self::EmailChanged { new_email, .. } = self {
            rows.push(("newEmail", new_email.clone()));
        }
        if let Self::PasskeyAdded { name, .. } | Self::PasskeyRemoved { name, .. } = self {
            rows.push(("passkey", name.clone()));
        }
        if let Some(Circumstances { at, device, ip }) = self.circumstances() {
            rows.push(("at", readable(*at)));
            rows.extend(device.clone().map(|device| ("device", device)));
            rows.extend(ip.clone().map(|ip| ("ip", ip)));
        }
        rows
    }

    /// The name of the alert, where the mail is one.
    pub(super) const fn finding(&self) -> Option<&'static str> {
        let Self::SecurityAlert { finding, .. } = self else { return None };
        Some(match finding {
            AlertDetails::FailedSignIns => "failed-sign-ins",
            AlertDetails::Guessing => "guessing",
            AlertDetails::TokenReuse => "token-reuse",
            AlertDetails::QuickChange => "quick-change",
            AlertDetails::NewNetwork => "new-network",
            AlertDetails::SecondStep => "second-step",
            AlertDetails::PasskeyCopied => "passkey-copied",
            AlertDetails::MassReads => "mass-reads",
        })
    }

    /// One of each kind, with made-up values, for previews.
    #[must_use]
    pub fn examples(public_url: &str) -> Vec<Self> {
        let code = || "314159".to_owned();
        let undo_url = || format!("{public_url}/undo?token=example");
        let circumstances = || Circumstances {
            at: Timestamp::from_millis(1_800_000_000_000),
            device: Some("Firefox on Linux".into()),
            ip: Some("203.0.113.7".into()),
        };
        vec![
            Self::EmailVerification {
                code: code(),
                minutes: CODE_MINUTES,
                name: Some("ada.lovelace".into()),
                at: Some(Timestamp::from_millis(1_800_000_000_000)),
            },
            Self::EmailChange { code: code(), minutes: CODE_MINUTES },
            Self::EmailChanged {
                new_email: "ada.new@example.org".into(),
                undo_url: undo_url(),
                circumstances: circumstances(),
            },
            Self::PasswordReset { code: code(), minutes: CODE_MINUTES },
            Self::PasswordChanged { undo_url: undo_url(), circumstances: circumstances() },
            Self::AccountDeletion { code: code(), minutes: CODE_MINUTES },
            Self::TwoFactorOn { undo_url: undo_url(), circumstances: circumstances() },
            Self::TwoFactorOff { undo_url: undo_url(), circumstances: circumstances() },
            Self::RecoveryCodesReplaced { undo_url: undo_url(), circumstances: circumstances() },
            Self::PasskeyAdded {
                name: "Phone".into(),
                undo_url: undo_url(),
                circumstances: circumstances(),
            },
            Self::PasskeyRemoved {
                name: "Phone".into(),
                undo_url: undo_url(),
                circumstances: circumstances(),
            },
            Self::KnownAddress { sign_in_url: format!("{public_url}/sign-in") },
            Self::SecurityAlert {
                finding: AlertDetails::TokenReuse,
                undo_url: undo_url(),
                circumstances: circumstances(),
            },
            Self::NewSignIn { undo_url: undo_url(), circumstances: circumstances() },
        ]
    }
}

/// `2027-01-15 08:00 UTC`: the same in every language.
fn readable(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}
