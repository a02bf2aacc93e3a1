//! The rules of a verification.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{EmailAddress, Timestamp, Username};
use selfsame_store::{Key, StoreError};

use super::events::EmailVerified;
use crate::otp::{CodeOutcome, OtpSubject, VerifyCode};
use crate::registration::Activation;
use selfsame_users::records::Account;

/// The target of a code.
pub(super) enum Target {
    /// A pending registration that the caller has proved to be theirs.
    Registration(Box<Activation>),
    /// The account of the address, if its password is still this one: the caller has proved it.
    Account { password: Option<String> },
    /// Nothing: no code is right.
    Nothing,
}

/// The outcome of a code.
pub(super) struct Outcome {
    pub(super) code: CodeOutcome,
    pub(super) at: Timestamp,
    /// The name of the account then.
    pub(super) username: Option<Username>,
}

/// What has to be loaded for [`verify`].
pub(super) fn keys(attempt: &VerifyCode, target: &Target) -> Vec<Key> {
    let mut keys = attempt.keys();
    if let Target::Registration(activation) = target {
        keys.extend(activation.keys());
    }
    keys.sort();
    keys.dedup();
    keys
}

/// Checks a code for `email`. A right one activates the registration that it was mailed for, or
/// verifies the address of the account.
pub(super) fn verify(
    loaded: &Loaded,
    subject: &OtpSubject,
    (attempt, target): (&VerifyCode, &Target),
    email: &EmailAddress,
) -> Result<(Changes, Outcome), StoreError> {
    let ((changes, code_outcome), at) = (attempt.decide(loaded)?, loaded.now());
    let outcome = |code_outcome, username| Outcome { code: code_outcome, at, username };
    if code_outcome != CodeOutcome::Right {
        return Ok((changes, outcome(code_outcome, None)));
    }
    let mailed_for = attempt.request_of_right_code(loaded)?;
    let verified = match target {
        Target::Registration(own) if mailed_for.as_deref() == Some(own.request()) => {
            own.activate(changes, loaded)?
        }
        Target::Account { password } if mailed_for.is_none() => {
            let account = loaded.get::<Account>(&subject.account_key())?;
            // The address may have been changed since the code was sent, or the password since it
            // was compared.
            let is_its = |account: &Account| {
                let own = account.email.as_ref();
                own.is_some_and(|own| own.canonical() == email.canonical())
                    && account.password == *password
            };
            account.filter(is_its).map(|account| {
                let username = account.username.clone();
                let account = Account { email_verified: true, ..account };
                (changes.put(subject.account_key(), &account), username)
            })
        }
        Target::Registration(_) | Target::Account { .. } | Target::Nothing => None,
    };
    let Some((changes, username)) = verified else {
        return Ok((Changes::none(), outcome(CodeOutcome::Wrong, None)));
    };
    Ok((changes.emit(&EmailVerified { verified_at: at }), outcome(code_outcome, username)))
}
