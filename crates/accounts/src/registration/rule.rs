//! How a user comes to be.

use std::time::Duration;

use selfsame_basics::{EmailAddress, Locale, Timestamp, UserId, Username};
use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_items::{Key, Record, StoreError};
use selfsame_web::{Code, Detail, Fault, Problem};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::facts::{Registered, Way};
use super::waiting::WAITS;
use crate::otp::{Fresh, NOBODY};
use crate::populations::put_profile;
use crate::records::Profile;
use crate::sessions::Opening;
use crate::{Account, Claim};

/// What somebody is called who has not said it.
pub(super) const NAMELESS: &str = "New user";

/// How long a username is held that somebody wanted together with an address that has an account already.
const HELD: Duration = Duration::from_hours(30 * 24);
/// When what was written for nobody is gone.
const SOON: Duration = Duration::from_hours(1);

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
            Refusal::EmailTaken => {
                Self::new(Code::EmailTaken, Detail::EmailHasAccount).at("/email", Fault::Taken)
            }
            Refusal::UsernameTaken => username_taken(),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// Somebody else has the username.
pub(crate) fn username_taken() -> Problem {
    Problem::new(Code::UsernameTaken, Detail::UsernameTaken).at("/username", Fault::Taken)
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
    pub(super) language: Locale,
}

impl Newcomer {
    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Account::key(&self.user), Profile::key(&self.user), self.email_claim.clone()];
        keys.extend_from_slice(&self.username_claims);
        keys
    }

    /// Refuses a username that somebody else has.
    fn check_username(&self, loaded: &Loaded) -> Result<(), Refusal> {
        for key in &self.username_claims {
            if loaded.get::<Claim>(key)?.is_some_and(|claim| claim.user_id != self.user) {
                return Err(Refusal::UsernameTaken);
            }
        }
        Ok(())
    }

    fn account(&self, now: Timestamp) -> Account {
        Account {
            email: Some(self.email.clone()),
            email_verified: false,
            username: self.username.clone(),
            password: Some(self.password.clone()),
            created_at: now,
            last_login_at: None,
            administrator: false,
        }
    }

    /// Account, profile and claims.
    fn put(&self, account: &Account, now: Timestamp) -> Changes {
        let claim = Claim::of(self.user.clone());
        let claims = self.username_claims.iter().chain([&self.email_claim]).cloned();
        let changes = claims.fold(Changes::none(), |changes, key| changes.put(key, &claim));
        let mut profile = Profile::new(self.display_name.clone(), now);
        profile.preferences.language = self.language;
        put(changes, &self.user, account, &profile)
    }

    fn told(&self) -> Registered {
        Registered { way: Way::Password, username: self.username.clone(), issuer: None }
    }
}

/// Makes a user and the first session, or says what is taken. With a code the address is to be verified, without one somebody
/// vouches for it.
pub(super) fn register(
    loaded: &Loaded,
    new: &Newcomer,
    session: &Opening,
    code: Option<&Fresh>,
) -> Result<(Changes, ()), Refusal> {
    if loaded.has(&new.email_claim) {
        return Err(Refusal::EmailTaken);
    }
    new.check_username(loaded)?;
    let now = loaded.now();
    let account = Account { last_login_at: Some(now), email_verified: code.is_none(), ..new.account(now) };
    let changes = new.put(&account, now).status(Status::Active).tell(&new.told());
    let changes = match code {
        Some(code) => code.send_if_allowed(changes, loaded)?,
        None => changes,
    };
    Ok((session.begin(changes, loaded)?, ()))
}

/// Makes a user who has to give back the code before the account works; also in the place of one who has not: of several people
/// who try one address, the last one is asked, and what the others chose is gone. Nobody is told before, and after a week all of it
/// is gone.
pub(super) fn apply(
    loaded: &Loaded,
    new: &Newcomer,
    code: &Fresh,
    username_claims: impl Fn(&Username) -> Vec<Key>,
) -> Result<(Changes, ()), Refusal> {
    let owner = loaded.get::<Claim>(&new.email_claim)?;
    let head = loaded.get::<Head>(&Head::key(&new.user))?;
    let before = loaded.get::<Account>(&Account::key(&new.user))?;
    let is_again = owner.as_ref().is_some_and(|owner| owner.user_id == new.user)
        && head.is_some_and(|head| head.status == Status::Pending);
    if owner.is_some() && !is_again {
        return Err(Refusal::EmailTaken);
    }
    new.check_username(loaded)?;
    let given_up = before.and_then(|account| account.username).map(|name| username_claims(&name));
    let given_up = given_up.into_iter().flatten().filter(|key| !new.username_claims.contains(key));
    let now = loaded.now();
    let changes = new.put(&new.account(now), now).status_until(Status::Pending, now.plus(WAITS));
    let changes = given_up.fold(changes, Changes::delete);
    Ok((code.send_if_allowed(changes, loaded)?, ()))
}

/// Tells the owner of an address that somebody wanted to register with it, and does otherwise what [`apply`] does: the username is
/// taken for a while, and as much is written.
pub(super) fn tell_owner(loaded: &Loaded, new: &Newcomer, code: &Fresh) -> Result<(Changes, ()), Refusal> {
    new.check_username(loaded)?;
    let until = loaded.now().plus(HELD);
    let claim = Claim::of(new.user.clone());
    let changes = new
        .username_claims
        .iter()
        .fold(Changes::none(), |changes, key| changes.put_until(key.clone(), &claim, until));
    let nothing = Nothing { text: "-".repeat(300) };
    let soon = loaded.now().plus(SOON);
    let changes = ["account", "claim", "head", "profile"].into_iter().fold(changes, |changes, sort| {
        changes.put_until(Key::new(format!("{NOBODY}{}", new.user), sort), &nothing, soon)
    });
    Ok((code.send_if_allowed(changes, loaded)?, ()))
}

/// Takes the place of records that would be written for another address.
#[derive(Serialize, Deserialize)]
struct Nothing {
    text: String,
}

impl Record for Nothing {
    const KIND: &'static str = "nothing";
}

pub(super) fn put(changes: Changes, id: &UserId, account: &Account, profile: &Profile) -> Changes {
    put_profile(changes.put(Account::key(id), account), id, profile)
}

#[cfg(test)]
mod stored_forms {
    use selfsame_items::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Nothing>();
    }
}
