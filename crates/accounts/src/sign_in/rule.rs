//! What a sign-in changes.

use selfsame_basics::UserId;
use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_items::StoreError;
use selfsame_web::{Code, Problem};
use thiserror::Error;

use crate::Account;
use crate::sessions::Opening;

/// Why somebody is not signed in.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    /// Unknown account or wrong password: never said which.
    #[error("unknown account or wrong password")]
    Wrong,
    /// The account does not work at present. Told only to whoever knows the password.
    #[error("the account does not work")]
    Stopped,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong => Self::new(
                Code::InvalidCredentials,
                "There is no account with this name and password. Check both and try again.",
            ),
            Refusal::Stopped => {
                Self::new(Code::Forbidden, "This account is suspended or about to be deleted.")
            }
            Refusal::Store(error) => error.into(),
        }
    }
}

/// Somebody whose password was found right.
pub(super) struct Proven {
    pub(super) user: UserId,
    /// The hash that the password was compared with: where it is another one by now, the proof is void.
    pub(super) against: String,
    /// The hash to store from now on, where that is another one.
    pub(super) rehashed: Option<String>,
}

/// Begins a session.
pub(super) fn sign_in(loaded: &Loaded, proven: &Proven, session: &Opening) -> Result<(Changes, ()), Refusal> {
    let key = Account::key(&proven.user);
    let account = loaded.get::<Account>(&key)?.filter(|a| a.password.as_ref() == Some(&proven.against));
    let mut account = account.ok_or(Refusal::Wrong)?;
    let head = loaded.get::<Head>(&Head::key(&proven.user))?.ok_or(Refusal::Wrong)?;
    if head.status != Status::Active {
        return Err(Refusal::Stopped);
    }
    account.last_login_at = Some(loaded.now());
    if let Some(rehashed) = &proven.rehashed {
        account.password = Some(rehashed.clone());
    }
    Ok((session.begin(Changes::none().put(key, &account), loaded)?, ()))
}
