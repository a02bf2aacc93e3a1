//! The rules of a change of address.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{EmailAddress, Timestamp, UserId};
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Fault, Problem};
use thiserror::Error;

use super::events::EmailUpdated;
use super::record::PendingEmail;
use crate::authentication::SignedIn;
use crate::otp::{self, CodeOutcome, IssueCode, LIFE, Sender, VerifyCode};
use crate::{undo_links::KEPT, undo_links::UndoNotice};
use selfsame_users::Users;
use selfsame_users::{records::Account, records::Claim};

/// Why the address is not changed.
#[derive(Debug, Error)]
pub enum ChangeEmailError {
    /// There is no such user.
    #[error("there is no such user")]
    Nobody,
    /// It is the present address.
    #[error("it is the present address")]
    Same,
    /// Another account has it.
    #[error("somebody else has it")]
    Taken,
    /// The account has another address than a moment ago.
    #[error("the account was changed at the same time")]
    Changed,
    /// No code can be sent.
    #[error(transparent)]
    Code(#[from] otp::Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ChangeEmailError> for Problem {
    fn from(refusal: ChangeEmailError) -> Self {
        match refusal {
            ChangeEmailError::Nobody => Self::unauthenticated(),
            ChangeEmailError::Same => Self::fault("/newEmail", Fault::Unchanged),
            ChangeEmailError::Taken => {
                Self::new(Code::EmailTaken, Detail::EmailTaken).at("/newEmail", Fault::EmailTaken)
            }
            ChangeEmailError::Changed => Self::new(Code::Conflict, Detail::EmailChanged),
            ChangeEmailError::Code(refusal) => refusal.into(),
            ChangeEmailError::Store(error) => error.into(),
        }
    }
}

/// A change of address.
pub(super) struct CompleteEmailChange {
    pub(super) user: UserId,
    pub(super) email: EmailAddress,
    /// The claim on the new address.
    pub(super) claim: Key,
    /// The address at the time of the request, and the claim on it.
    pub(super) given_up: Option<(EmailAddress, Key)>,
}

impl CompleteEmailChange {
    /// The change of the caller's address to `email`.
    pub(super) fn of(users: &Users, caller: &SignedIn, email: &EmailAddress) -> Self {
        let claimed = |email: EmailAddress| {
            let claim = users.email_claim(&email);
            (email, claim)
        };
        Self {
            user: caller.id().clone(),
            email: email.clone(),
            claim: users.email_claim(email),
            given_up: caller.person.account.email.clone().map(claimed),
        }
    }

    /// The keys to load, with those of `others`.
    pub(super) fn keys(&self, others: &[Vec<Key>]) -> Vec<Key> {
        let mut keys = vec![Account::key(&self.user), self.claim.clone()];
        keys.extend(self.given_up.iter().map(|(_, key)| key.clone()));
        keys.extend(others.iter().flatten().cloned());
        keys.sort();
        keys.dedup();
        keys
    }

    /// The account, if it may get the address.
    fn account(&self, loaded: &Loaded) -> Result<Account, ChangeEmailError> {
        let account =
            loaded.get::<Account>(&Account::key(&self.user))?.ok_or(ChangeEmailError::Nobody)?;
        if account.email.as_ref() != self.given_up.as_ref().map(|(old, _)| old) {
            return Err(ChangeEmailError::Changed);
        }
        if account.email.as_ref() == Some(&self.email) {
            return Err(ChangeEmailError::Same);
        }
        let claim = loaded.get::<Claim>(&self.claim)?;
        let is_taken = claim.is_some_and(|claim| claim.user_id != self.user);
        if is_taken { Err(ChangeEmailError::Taken) } else { Ok(account) }
    }
}

/// The outcome of a start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    /// A code was sent, and the address is pending while it is valid.
    Sent,
    /// Another account has the address. The attempt is counted.
    Taken,
}

impl Begun {
    /// The problem of a taken address.
    pub fn check(self) -> Result<(), Problem> {
        match self {
            Self::Sent => Ok(()),
            Self::Taken => Err(ChangeEmailError::Taken.into()),
        }
    }
}

/// Issues the code with `changes`, or counts the attempt at a taken address and changes nothing
/// else.
pub(super) fn begin(
    changes: Changes,
    loaded: &Loaded,
    command: &CompleteEmailChange,
    (sender, code): (&Sender, &IssueCode),
) -> Result<(Changes, Begun), ChangeEmailError> {
    match command.account(loaded) {
        Err(ChangeEmailError::Taken) => {
            return Ok((sender.count_taken(Changes::none(), loaded)?, Begun::Taken));
        }
        account => account?,
    };
    let pending = PendingEmail { email: command.email.clone() };
    let changes =
        changes.put_until(PendingEmail::key(&command.user), &pending, loaded.now().plus(LIFE));
    Ok((code.send(sender.apply(changes, loaded)?, loaded)?, Begun::Sent))
}

/// Checks the code; returns the time. A right one makes the address the account's; the old one gets
/// a mail and stays reserved.
pub(super) fn complete(
    loaded: &Loaded,
    command: &CompleteEmailChange,
    attempt: &VerifyCode,
    notice: &UndoNotice,
) -> Result<(Changes, (CodeOutcome, Timestamp)), ChangeEmailError> {
    let ((changes, outcome), now) = (attempt.decide(loaded)?, loaded.now());
    if outcome != CodeOutcome::Right {
        return Ok((changes, (outcome, now)));
    }
    let (mut account, claim) = (command.account(loaded)?, Claim::of(command.user.clone()));
    let old_email = account.email.replace(command.email.clone());
    account.email_verified = true;
    let reserved = now.plus(KEPT);
    let changes = match &command.given_up {
        Some((_, key)) => changes.put_until(key.clone(), &claim, reserved),
        None => changes,
    };
    // After the reservation: both may be one claim, where only the case differs.
    let changes = changes
        .put(command.claim.clone(), &claim)
        .put(Account::key(&command.user), &account)
        .delete(PendingEmail::key(&command.user));
    let event = EmailUpdated {
        user_id: command.user.clone(),
        old_email,
        new_email: command.email.clone(),
        email_verified: true,
        updated_at: now,
    };
    Ok((notice.apply(changes.emit(&event), loaded)?, (outcome, now)))
}
