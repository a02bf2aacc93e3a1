//! Turning the second factor on and off.

use std::time::Duration;

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Keys, UserId};
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Problem};
use thiserror::Error;

use super::check::{self, CodeCheck};
use super::events::{Disabled, Enabled, RecoveryCodesReplaced};
use crate::undo_links::UndoNotice;
use selfsame_users::records::SecondFactor;

/// An unconfirmed secret expires after this time.
const UNUSED: Duration = Duration::from_hours(1);

/// Why the second factor is not turned on or off.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("it is on already")]
    On,
    #[error("it is not on")]
    Off,
    #[error("no setup is under way")]
    NotSetUp,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let conflict = |detail| Self::new(Code::Conflict, detail);
        match refusal {
            Refusal::On => conflict(Detail::TwoFactorOn),
            Refusal::Off => conflict(Detail::TwoFactorOff),
            Refusal::NotSetUp => conflict(Detail::TwoFactorNotSetUp),
            Refusal::Store(error) => error.into(),
        }
    }
}

/// What has to be loaded for [`set_up`].
pub(super) fn set_up_keys(user: &UserId) -> [Key; 1] {
    [SecondFactor::key(user)]
}

/// The keys to load for the other rules here, which all send `notice`.
pub(super) fn change_keys(user: &UserId, notice: &UndoNotice) -> Vec<Key> {
    let mut keys = notice.keys();
    keys.push(SecondFactor::key(user));
    keys.sort();
    keys.dedup();
    keys
}

/// Keeps a secret until its owner shows a code of it.
pub(super) fn set_up(
    loaded: &Loaded,
    user: &UserId,
    sealed: &str,
) -> Result<(Changes, ()), Refusal> {
    let key = SecondFactor::key(user);
    if loaded.get::<SecondFactor>(&key)?.is_some_and(|factor| factor.enabled_at.is_some()) {
        return Err(Refusal::On);
    }
    let factor = SecondFactor {
        secret: sealed.to_owned(),
        enabled_at: None,
        last_step: 0,
        recovery_codes: Vec::new(),
        failures: 0,
        paused_until: None,
    };
    Ok((Changes::none().put_until(key, &factor, loaded.now().plus(UNUSED)), ()))
}

/// Turns it on, if `code` is one of the secret; says whether it was.
pub(super) fn enable(
    loaded: &Loaded,
    keys: &Keys,
    user: &UserId,
    code: &str,
    recovery_codes: &[String],
    notice: &UndoNotice,
) -> Result<(Changes, bool), Refusal> {
    let key = SecondFactor::key(user);
    let mut factor = loaded.get::<SecondFactor>(&key)?.ok_or(Refusal::NotSetUp)?;
    if factor.enabled_at.is_some() {
        return Err(Refusal::On);
    }
    if !check::is_taken(&mut factor, loaded.now(), keys, user, code)? {
        return Ok((Changes::none(), false));
    }
    factor.enabled_at = Some(loaded.now());
    factor.recovery_codes = recovery_codes.to_vec();
    let event = Enabled { user_id: user.clone(), updated_at: loaded.now() };
    Ok((notice.apply(Changes::none().put(key, &factor).emit(&event), loaded)?, true))
}

/// Turns it off, if `code` is good.
pub(super) fn disable(
    loaded: &Loaded,
    keys: &Keys,
    user: &UserId,
    code: &str,
    notice: &UndoNotice,
) -> Result<(Changes, CodeCheck), Refusal> {
    let Some(mut factor) = check::enabled(loaded, user)? else { return Err(Refusal::Off) };
    let (changes, checked) =
        check::decide(Changes::none(), &mut factor, loaded.now(), keys, user, code)?;
    let key = SecondFactor::key(user);
    Ok(match checked {
        CodeCheck::Right(_) => {
            let event = Disabled { user_id: user.clone(), updated_at: loaded.now() };
            let changes = changes.delete(key).emit(&event);
            // What comes back by the link does so without the code that was used here.
            (notice.apply_with_factor(changes, loaded, Some(factor))?, checked)
        }
        CodeCheck::Off | CodeCheck::Wrong | CodeCheck::Paused(_) | CodeCheck::Closed => {
            (changes.put(key, &factor), checked)
        }
    })
}

/// Replaces the recovery codes and mails the owner; the old ones are invalid.
pub(super) fn replace_codes(
    loaded: &Loaded,
    user: &UserId,
    recovery_codes: &[String],
    notice: &UndoNotice,
) -> Result<(Changes, ()), Refusal> {
    let mut factor = check::enabled(loaded, user)?.ok_or(Refusal::Off)?;
    factor.recovery_codes = recovery_codes.to_vec();
    let event = RecoveryCodesReplaced { user_id: user.clone(), updated_at: loaded.now() };
    let changes = Changes::none().put(SecondFactor::key(user), &factor).emit(&event);
    Ok((notice.apply(changes, loaded)?, ()))
}
