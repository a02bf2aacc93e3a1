//! The rules of a change of username.

use std::time::Duration;

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Timestamp, UserId, Username};
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Fault, Problem};
use thiserror::Error;

use super::events::UsernameUpdated;
use super::record::UsernameChangeRecord;
use crate::registration::username_taken;
use selfsame_users::{records::Account, records::Claim};

const DAY: Duration = Duration::from_hours(24);
/// Between two changes (requirement "Username can only be updated once every 15 days").
const COOLDOWN_DAYS: u32 = 15;
/// How long an old name stays reserved.
const RESERVED: Duration = Duration::from_hours(30 * 24);

/// Why the username is not changed.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("there is no such user")]
    Nobody,
    #[error("it is the present name")]
    Same,
    /// After so many days, the one that has begun included.
    #[error("changed less than {COOLDOWN_DAYS} days ago")]
    Cooldown(u64),
    #[error("somebody else has it")]
    Taken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Nobody => Self::unauthenticated(),
            Refusal::Same => Self::fault("/username", Fault::Unchanged),
            Refusal::Cooldown(days) => {
                let detail = Detail::UsernameCooldown { every: COOLDOWN_DAYS.into(), days };
                Self::new(Code::UsernameCooldown, detail)
            }
            Refusal::Taken => username_taken(),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// A change of username.
pub(super) struct ChangeUsername {
    pub(super) user: UserId,
    pub(super) name: Username,
    /// The claims that the name needs.
    pub(super) claims: Vec<Key>,
    /// The claims on the name they had when they asked.
    pub(super) given_up: Vec<Key>,
}

impl ChangeUsername {
    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Account::key(&self.user), UsernameChangeRecord::key(&self.user)];
        keys.extend_from_slice(&self.claims);
        keys.extend(self.given_up.iter().filter(|key| !self.claims.contains(key)).cloned());
        keys
    }
}

/// Sets the name and reserves the old one; returns the time.
pub(super) fn decide(
    loaded: &Loaded,
    command: &ChangeUsername,
) -> Result<(Changes, Timestamp), Refusal> {
    let (account_key, now) = (Account::key(&command.user), loaded.now());
    let mut account = loaded.get::<Account>(&account_key)?.ok_or(Refusal::Nobody)?;
    if account.username.as_ref() == Some(&command.name) {
        return Err(Refusal::Same);
    }
    check_cooldown(loaded, &command.user)?;
    for key in &command.claims {
        if loaded.get::<Claim>(key)?.is_some_and(|claim| claim.user_id != command.user) {
            return Err(Refusal::Taken);
        }
    }
    let old = account.username.replace(command.name.clone());
    let event = UsernameUpdated {
        user_id: command.user.clone(),
        email: account.email.clone(),
        old_username: old.clone(),
        new_username: command.name.clone(),
        updated_at: now,
    };
    let changes = claimed(reserved(Changes::none(), command, old, now), command);
    let last = UsernameChangeRecord { changed_at: now };
    Ok((
        changes
            .put(account_key, &account)
            .put(UsernameChangeRecord::key(&command.user), &last)
            .emit(&event),
        now,
    ))
}

fn check_cooldown(loaded: &Loaded, user: &UserId) -> Result<(), Refusal> {
    let Some(last) = loaded.get::<UsernameChangeRecord>(&UsernameChangeRecord::key(user))? else {
        return Ok(());
    };
    let cooldown = DAY * COOLDOWN_DAYS;
    let wait = loaded.now().until(last.changed_at.plus(cooldown), cooldown).unwrap_or_default();
    let days = u64::try_from(wait.as_millis().div_ceil(DAY.as_millis())).unwrap_or(u64::MAX);
    if days == 0 { Ok(()) } else { Err(Refusal::Cooldown(days)) }
}

fn reserved(
    changes: Changes,
    command: &ChangeUsername,
    old: Option<Username>,
    now: Timestamp,
) -> Changes {
    let claim = Claim { user_id: command.user.clone(), former: old };
    command
        .given_up
        .iter()
        .fold(changes, |changes, key| changes.put_until(key.clone(), &claim, now.plus(RESERVED)))
}

/// After [`reserved`], so that a form that both names share stays for good.
fn claimed(changes: Changes, command: &ChangeUsername) -> Changes {
    let claim = Claim::of(command.user.clone());
    command.claims.iter().fold(changes, |changes, key| changes.put(key.clone(), &claim))
}
