//! The rules of an undo.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{EmailAddress, UserId};
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Fault, Problem};
use thiserror::Error;

use super::events::ChangesUndone;
use crate::email_change::EmailUpdated;
use crate::passkeys;
use crate::passwords::invalidation;
use crate::sessions::EndSessions;
use crate::{
    undo_links::AccountSnapshot, undo_links::Back, undo_links::KEPT, undo_links::UndoHistory,
};
use selfsame_users::records::SecondFactor;
use selfsame_users::{records::Account, records::Claim};

/// Why nothing is undone.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("the link was used, is too old, or was never given out")]
    NotGood,
    /// The account has another address than a moment ago.
    #[error("the account was changed at the same time")]
    Changed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotGood => not_good(),
            Refusal::Changed => Self::new(Code::Conflict, Detail::AccountChanged),
            Refusal::Store(error) => error.into(),
        }
    }
}

pub(super) fn not_good() -> Problem {
    Problem::fault("/token", Fault::LinkNotGood { days: 7 })
}

/// The outcome of an undo.
pub struct UndoOutcome {
    /// Its address.
    pub email: Option<EmailAddress>,
    /// The names of the removed passkeys.
    pub removed_passkeys: Vec<String>,
}

/// An undo.
pub(super) struct UndoChanges {
    pub(super) user: UserId,
    pub(super) id: String,
    /// The address of the account at present, and the claim on it.
    pub(super) present: Option<(EmailAddress, Key)>,
    /// The address that comes back, and the claim on it.
    pub(super) former: Option<(EmailAddress, Key)>,
    /// The passkeys that go.
    pub(super) passkeys: Vec<Key>,
    pub(super) sessions: EndSessions,
}

impl UndoChanges {
    /// What has to be loaded.
    pub(super) fn keys(&self) -> Vec<Key> {
        let user = &self.user;
        let own = [
            UndoHistory::key(user),
            Account::key(user),
            SecondFactor::key(user),
            invalidation::key(user),
        ];
        let claims =
            [&self.present, &self.former].into_iter().flatten().map(|(_, key)| key.clone());
        let mut keys: Vec<Key> = own.into_iter().chain(claims).collect();
        keys.extend(self.passkeys.iter().cloned());
        keys.extend(self.sessions.keys());
        keys.sort();
        keys.dedup();
        keys
    }

    /// Restores address and second factor, voids the password, and ends all sessions.
    pub(super) fn decide(&self, loaded: &Loaded) -> Result<(Changes, UndoOutcome), Refusal> {
        let (user, now) = (&self.user, loaded.now());
        let undos = loaded.get::<UndoHistory>(&UndoHistory::key(user))?.unwrap_or_default();
        let Back { left, state, later } = undos.restore(&self.id, now).ok_or(Refusal::NotGood)?;
        let mut account = loaded.get::<Account>(&Account::key(user))?.ok_or(Refusal::NotGood)?;
        let changes = Changes::none().put_until(UndoHistory::key(user), &left, now.plus(KEPT));
        let changes = self.bring_address_back(changes, loaded, &mut account, &state)?;
        let changes = invalidation::password(changes, loaded, user, &mut account)?;
        let changes = bring_factor_back(changes, loaded, user, (&state, &later))?
            .put(Account::key(user), &account);
        let (changes, removed_passkeys) = remove(changes, loaded, user, &self.passkeys)?;
        let event = ChangesUndone { user_id: user.clone(), since: state.was_at(), updated_at: now };
        let restored = UndoOutcome { email: account.email, removed_passkeys };
        Ok((self.sessions.end(changes.emit(&event), loaded)?, restored))
    }

    fn bring_address_back(
        &self,
        changes: Changes,
        loaded: &Loaded,
        account: &mut Account,
        state: &AccountSnapshot,
    ) -> Result<Changes, Refusal> {
        let (present, former) = (self.present.as_ref(), self.former.as_ref());
        if account.email.as_ref() != present.map(|(email, _)| email) {
            return Err(Refusal::Changed);
        }
        if account.email == state.email {
            return Ok(changes);
        }
        let changes = present.iter().fold(changes, |changes, (_, key)| changes.delete(key.clone()));
        let changes = match former {
            Some((_, key)) => {
                let claim = loaded.get::<Claim>(key)?.filter(|claim| claim.user_id == self.user);
                changes.put(key.clone(), &claim.ok_or(Refusal::NotGood)?)
            }
            None => changes,
        };
        let old_email = std::mem::replace(&mut account.email, state.email.clone());
        account.email_verified = state.email_verified;
        let Some(new_email) = state.email.clone() else { return Ok(changes) };
        Ok(changes.emit(&EmailUpdated {
            user_id: self.user.clone(),
            old_email,
            new_email,
            email_verified: state.email_verified,
            updated_at: loaded.now(),
        }))
    }
}

/// Removes the passkeys at `keys` together with `changes`, and says what they were called.
pub(super) fn remove(
    changes: Changes,
    loaded: &Loaded,
    user: &UserId,
    keys: &[Key],
) -> Result<(Changes, Vec<String>), StoreError> {
    keys.iter().try_fold((changes, Vec::new()), |(changes, mut names), key| {
        let (changes, name) = passkeys::remove_with(changes, loaded, user, key)?;
        names.extend(name);
        Ok((changes, names))
    })
}

/// Restores the whole factor, secret and recovery codes. Codes that were used since stay used.
fn bring_factor_back(
    changes: Changes,
    loaded: &Loaded,
    user: &UserId,
    (state, later): (&AccountSnapshot, &[AccountSnapshot]),
) -> Result<Changes, StoreError> {
    let key = SecondFactor::key(user);
    let present = loaded.get::<SecondFactor>(&key)?;
    let Some(former) = &state.second_factor else {
        return Ok(if present.is_some() { changes.delete(key) } else { changes });
    };
    let since = later.iter().filter_map(|state| state.second_factor.as_ref()).chain(&present);
    Ok(changes.put(key, &since.fold(former.clone(), without_used)))
}

/// `factor` without what was used of it by the time that it was like `later`.
fn without_used(mut factor: SecondFactor, later: &SecondFactor) -> SecondFactor {
    if factor.secret != later.secret {
        return factor;
    }
    factor.last_step = factor.last_step.max(later.last_step);
    // Codes of two sets are never the same, so one that both have shows that they are of one set.
    if factor.recovery_codes.iter().any(|code| later.recovery_codes.contains(code)) {
        factor.recovery_codes.retain(|code| later.recovery_codes.contains(code));
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(secret: &str, last_step: u64, codes: &[&str]) -> SecondFactor {
        SecondFactor {
            secret: secret.into(),
            enabled_at: None,
            last_step,
            recovery_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
            failures: 0,
            paused_until: None,
        }
    }

    #[test]
    fn what_was_used_since_stays_used_and_codes_of_another_set_say_nothing() {
        let before = factor("own", 5, &["a", "b", "c"]);
        let used = without_used(before.clone(), &factor("own", 7, &["a", "c"]));
        assert_eq!(
            (used.last_step, used.recovery_codes),
            (7, vec!["a".to_owned(), "c".to_owned()])
        );
        let replaced = without_used(before.clone(), &factor("own", 5, &["x", "y", "z"]));
        assert_eq!(replaced, before);
        assert_eq!(without_used(before.clone(), &factor("thief's", 9, &["a"])), before);
    }
}
