//! How a user comes to be.

use selfsame_basics::{EmailAddress, Timestamp, UserId, Username};
use selfsame_events::{Changes, Loaded, Status};
use selfsame_items::{Key, StoreError};
use selfsame_web::{Code, FieldError, Problem};
use thiserror::Error;

use super::facts::{Registered, Way};
use crate::records::Profile;
use crate::sessions::Opening;
use crate::{Account, Claim};

/// What somebody is called who has not said it.
pub(super) const NAMELESS: &str = "New user";

/// Why a registration is refused.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("the email address is taken")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::EmailTaken => taken(
                Code::EmailTaken,
                "/email",
                "There is an account with this email address already. Sign in instead.",
            ),
            Refusal::UsernameTaken => username_taken(),
            Refusal::Store(error) => error.into(),
        }
    }
}

fn taken(code: Code, pointer: &str, detail: &str) -> Problem {
    let message = "is taken".to_owned();
    Problem { errors: vec![FieldError { pointer: pointer.into(), message }], ..Problem::new(code, detail) }
}

/// Somebody else has the username.
pub(crate) fn username_taken() -> Problem {
    let detail = "Somebody has this username, or one that looks like it. Please choose another.";
    taken(Code::UsernameTaken, "/username", detail)
}

/// Somebody who wants to become a user, checked as far as that is possible alone.
pub(super) struct Newcomer {
    pub(super) user: UserId,
    pub(super) email: EmailAddress,
    pub(super) email_claim: Key,
    pub(super) username: Option<Username>,
    pub(super) username_claims: Vec<Key>,
    pub(super) display_name: String,
    pub(super) password: String,
}

impl Newcomer {
    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Account::key(&self.user), Profile::key(&self.user), self.email_claim.clone()];
        keys.extend_from_slice(&self.username_claims);
        keys
    }
}

/// Makes a user and the first session, or says what is taken.
pub(super) fn register(loaded: &Loaded, new: &Newcomer, session: &Opening) -> Result<(Changes, ()), Refusal> {
    if loaded.has(&new.email_claim) {
        return Err(Refusal::EmailTaken);
    }
    if new.username_claims.iter().any(|claim| loaded.has(claim)) {
        return Err(Refusal::UsernameTaken);
    }
    let now = loaded.now();
    let account = Account {
        email: Some(new.email.clone()),
        email_verified: false,
        username: new.username.clone(),
        password: Some(new.password.clone()),
        created_at: now,
        last_login_at: Some(now),
    };
    let claim = Claim::of(new.user.clone());
    let claims = new.username_claims.iter().chain([&new.email_claim]).cloned();
    let changes = claims.fold(Changes::none(), |changes, key| changes.put(key, &claim));
    let told = Registered { way: Way::Password, username: new.username.clone(), issuer: None };
    let changes = user(changes, &new.user, &account, new.display_name.clone(), now).tell(&told);
    Ok((session.begin(changes, loaded)?, ()))
}

/// Makes a user whom another issuer has signed in; no change where there is one already.
pub(super) fn admit(loaded: &Loaded, id: &UserId, issuer: &str) -> Changes {
    if loaded.has(&Account::key(id)) {
        return Changes::none();
    }
    let now = loaded.now();
    let account = Account {
        email: None,
        email_verified: false,
        username: None,
        password: None,
        created_at: now,
        last_login_at: None,
    };
    let told = Registered { way: Way::Issuer, username: None, issuer: Some(issuer.to_owned()) };
    user(Changes::none(), id, &account, NAMELESS.to_owned(), now).tell(&told)
}

fn user(changes: Changes, id: &UserId, account: &Account, display_name: String, now: Timestamp) -> Changes {
    let profile = Profile::new(display_name, now);
    changes.status(Status::Active).put(Account::key(id), account).put(Profile::key(id), &profile)
}
