//! What a sign-in changes.

use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Problem};
use thiserror::Error;

use super::challenge::Challenge;
use crate::sessions::StartSession;
use selfsame_users::records::Account;
use selfsame_users::records::SecondFactor;

/// Why a sign-in is refused.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    /// Unknown account or wrong password; the answer does not say which.
    #[error("unknown account or wrong password")]
    Wrong,
    /// The account is suspended. Answered only after the right password.
    #[error("the account does not work")]
    Stopped,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong => Self::new(Code::InvalidCredentials, Detail::NoMatch),
            Refusal::Stopped => Self::new(Code::Forbidden, Detail::AccountStopped),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// A sign-in whose password was right.
pub(super) struct CompleteSignIn {
    pub(super) user: UserId,
    /// The hash that the password was compared with. Hashing takes long; where the account has
    /// another hash by now, the sign-in is refused.
    pub(super) against: String,
    /// The hash to store, where the cost has changed.
    pub(super) rehashed: Option<String>,
}

impl CompleteSignIn {
    /// What has to be loaded for [`sign_in`]. The user's head is loaded for every change.
    pub(super) fn keys(&self, session: &StartSession) -> Vec<Key> {
        let own = [Account::key(&self.user), SecondFactor::key(&self.user)];
        [own.to_vec(), session.keys()].concat()
    }
}

/// What a right password leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SignInOutcome {
    /// The session has begun.
    Open,
    /// A second factor is asked for.
    Challenged,
}

/// Starts a session, or stores `challenge` where a second factor is required.
pub(super) fn sign_in(
    loaded: &Loaded,
    verified: &CompleteSignIn,
    session: &StartSession,
    (challenge_key, challenge): (&Key, &Challenge),
) -> Result<(Changes, SignInOutcome), Refusal> {
    let account = loaded.get::<Account>(&Account::key(&verified.user))?;
    let account = account.filter(|account| account.password.as_ref() == Some(&verified.against));
    let account = account.ok_or(Refusal::Wrong)?;
    check_active(loaded, &verified.user)?;
    let factor = loaded.get::<SecondFactor>(&SecondFactor::key(&verified.user))?;
    if factor.is_some_and(|factor| factor.enabled_at.is_some()) {
        let changes =
            Changes::none().put_until(challenge_key.clone(), challenge, challenge.expires_at);
        return Ok((changes, SignInOutcome::Challenged));
    }
    let changes =
        complete_sign_in(Changes::none(), loaded, account, verified.rehashed.as_ref(), session)?;
    Ok((changes, SignInOutcome::Open))
}

pub(super) fn check_active(loaded: &Loaded, user: &UserId) -> Result<(), Refusal> {
    let head = loaded.get::<Head>(&Head::key(user))?.ok_or(Refusal::Wrong)?;
    if head.status == Status::Active { Ok(()) } else { Err(Refusal::Stopped) }
}

/// Starts the session after all required factors.
pub(super) fn complete_sign_in(
    changes: Changes,
    loaded: &Loaded,
    mut account: Account,
    rehashed: Option<&String>,
    session: &StartSession,
) -> Result<Changes, StoreError> {
    account.last_login_at = Some(loaded.now());
    if let Some(rehashed) = rehashed {
        account.password = Some(rehashed.clone());
    }
    session.begin(changes.put(Account::key(session.user()), &account), loaded)
}
