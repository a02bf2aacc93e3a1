//! The rules of registrations.

use selfsame_events::{Changes, Loaded, Status};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Fault, Problem};
use thiserror::Error;

use super::record::{Details, Kept, WAITS};
use crate::otp::{self, IssueCode};
use crate::provisioning::events::{Registered, RegistrationMethod};
use crate::provisioning::put;
use crate::sessions::StartSession;
use selfsame_users::Users;
use selfsame_users::records::Profile;
use selfsame_users::{records::Account, records::Claim};

/// Why a registration is refused.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("the email address is taken")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Code(#[from] otp::Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::EmailTaken => {
                Self::new(Code::EmailTaken, Detail::EmailHasAccount).at("/email", Fault::EmailTaken)
            }
            Refusal::UsernameTaken => username_taken(),
            Refusal::Code(refusal) => refusal.into(),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// Another user has the username.
pub(crate) fn username_taken() -> Problem {
    Problem::new(Code::UsernameTaken, Detail::UsernameTaken).at("/username", Fault::Taken)
}

/// A new user.
pub(super) struct RegisterUser {
    pub(super) user: UserId,
    pub(super) details: Details,
    pub(super) email_claim: Key,
    pub(super) username_claims: Vec<Key>,
}

impl RegisterUser {
    pub(super) fn new(users: &Users, user: UserId, details: Details) -> Self {
        Self {
            user,
            email_claim: users.email_claim(&details.email),
            username_claims: users.claims_of(details.username.as_ref()),
            details,
        }
    }

    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys =
            vec![Account::key(&self.user), Profile::key(&self.user), self.email_claim.clone()];
        keys.extend_from_slice(&self.username_claims);
        keys
    }

    /// Adds account, profile, claims and the event.
    pub(super) fn put(&self, changes: Changes, account: &Account, now: Timestamp) -> Changes {
        let claim = Claim::of(self.user.clone());
        let names = self.username_claims.iter().filter(|_| account.username.is_some());
        let claims = names.chain([&self.email_claim]).cloned();
        let changes = claims.fold(changes, |changes, key| changes.put(key, &claim));
        let mut profile = Profile::new(self.details.display_name.clone(), now);
        profile.preferences.language = self.details.language;
        let event = Registered {
            way: RegistrationMethod::Password,
            username: account.username.clone(),
            issuer: None,
        };
        put(changes, &self.user, account, &profile).status(Status::Active).emit(&event)
    }

    pub(super) fn account(&self, now: Timestamp) -> Account {
        let Details { email, username, password, .. } = self.details.clone();
        Account {
            email: Some(email),
            email_verified: false,
            username,
            password: Some(password),
            created_at: now,
            last_login_at: None,
            administrator: false,
        }
    }
}

/// Refuses a username with an owner.
fn check_username(loaded: &Loaded, claims: &[Key]) -> Result<(), Refusal> {
    if loaded.has_any(claims)? { Err(Refusal::UsernameTaken) } else { Ok(()) }
}

/// What has to be loaded for [`register`].
pub(super) fn keys(
    new: &RegisterUser,
    session: &StartSession,
    code: Option<&IssueCode>,
) -> Vec<Key> {
    let code = code.map(IssueCode::keys).unwrap_or_default();
    [new.keys(), session.keys(), code].concat()
}

/// Creates a user and the first session, or reports what is taken. With a code the address is to be
/// verified; without one it counts as verified.
pub(super) fn register(
    loaded: &Loaded,
    new: &RegisterUser,
    session: &StartSession,
    code: Option<&IssueCode>,
) -> Result<(Changes, ()), Refusal> {
    if loaded.has(&new.email_claim)? {
        return Err(Refusal::EmailTaken);
    }
    check_username(loaded, &new.username_claims)?;
    let now = loaded.now();
    let account =
        Account { last_login_at: Some(now), email_verified: code.is_none(), ..new.account(now) };
    let changes = new.put(Changes::none(), &account, now);
    let changes = match code {
        Some(code) => code.send_if_allowed(changes, loaded)?,
        None => changes,
    };
    Ok((session.begin(changes, loaded)?, ()))
}

/// A registration that is pending until its code is given back.
pub(super) struct RegisterPending {
    pub(super) key: Key,
    pub(super) registration: Kept,
    pub(super) username_claims: Vec<Key>,
    pub(super) code: IssueCode,
}

impl RegisterPending {
    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        [vec![self.key.clone()], self.username_claims.clone(), self.code.keys()].concat()
    }

    /// Stores the details until the code is given back. Nothing here depends on whether the address
    /// has an account: what is written, counted and refused is the same. No username is reserved.
    pub(super) fn wait(&self, loaded: &Loaded) -> Result<(Changes, ()), Refusal> {
        check_username(loaded, &self.username_claims)?;
        let until = loaded.now().plus(WAITS);
        let changes = Changes::none().put_until(self.key.clone(), &self.registration, until);
        Ok((self.code.send(changes, loaded)?, ()))
    }
}
