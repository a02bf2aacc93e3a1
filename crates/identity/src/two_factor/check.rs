//! The check of a code: a pure decision over records, so that a code is accepted once, however many
//! requests use it at once.

use std::time::Duration;

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Keys, Timestamp, UserId};
use selfsame_store::StoreError;

use super::events::RecoveryCodeUsed;
use super::{recovery, sealed, totp};
use selfsame_security_signals::{CodeGuessing, Factor, is_doubling};
use selfsame_users::records::SecondFactor;

/// Wrong codes in a row without a pause: people mistype, and clocks drift.
const FREE: u32 = 5;
/// The pause after the first wrong code beyond those; each further one doubles it.
const PAUSE: Duration = Duration::from_secs(30);
/// No pause is longer. With it 288 codes can be tried in a day, of which one fits with a
/// probability of less than 0.1 %.
const LONGEST: Duration = Duration::from_mins(15);

/// After this many wrong codes in a row no time-based code is checked any more (NIST SP 800-63B-4
/// §3.2.2). The owner uses a recovery code or a passkey, or sets it up anew.
const MOST: u32 = 100;

/// What a code is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CodeKind {
    /// Of the authenticator application.
    Totp,
    /// One of the recovery codes.
    RecoveryCode,
}

/// The outcome of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CodeCheck {
    /// Right, and spent now.
    Right(CodeKind),
    /// Wrong.
    Wrong,
    /// Too many were wrong: until then only recovery codes are checked.
    Paused(Timestamp),
    /// So many were wrong that only recovery codes are checked.
    Closed,
    /// No code is asked for.
    Off,
}

/// Takes `code`, or counts it as wrong, together with `changes`. [`SecondFactor::key`] of `user`
/// must be loaded.
pub(crate) fn take(
    changes: Changes,
    loaded: &Loaded,
    keys: &Keys,
    user: &UserId,
    code: &str,
) -> Result<(Changes, CodeCheck), StoreError> {
    let Some(mut factor) = enabled(loaded, user)? else { return Ok((changes, CodeCheck::Off)) };
    let (changes, checked) = decide(changes, &mut factor, loaded.now(), keys, user, code)?;
    Ok((changes.put(SecondFactor::key(user), &factor), checked))
}

/// The factor of `user`, where it is asked for.
pub(super) fn enabled(loaded: &Loaded, user: &UserId) -> Result<Option<SecondFactor>, StoreError> {
    let factor = loaded.get::<SecondFactor>(&SecondFactor::key(user))?;
    Ok(factor.filter(|factor| factor.enabled_at.is_some()))
}

/// The same for a `factor` that is asked for, and is then as it is after that.
pub(super) fn decide(
    changes: Changes,
    factor: &mut SecondFactor,
    now: Timestamp,
    keys: &Keys,
    user: &UserId,
    code: &str,
) -> Result<(Changes, CodeCheck), StoreError> {
    if let Some(index) = recovery_code(factor, keys, user, code) {
        factor.recovery_codes.remove(index);
        // A recovery code proves the owner, so the authenticator is unlocked. A mailed code does
        // not (decision 0042).
        factor.unlock();
        let event = RecoveryCodeUsed { user_id: user.clone(), left: factor.recovery_codes.len() };
        return Ok((changes.emit(&event), CodeCheck::Right(CodeKind::RecoveryCode)));
    }
    if factor.failures >= MOST {
        return Ok((changes, CodeCheck::Closed));
    }
    if let Some(until) = factor.paused_until.filter(|until| now.until(*until, LONGEST).is_some()) {
        return Ok((changes, CodeCheck::Paused(until)));
    }
    if is_taken(factor, now, keys, user, code)? {
        return Ok((changes, CodeCheck::Right(CodeKind::Totp)));
    }
    Ok((count_wrong(changes, factor, now), CodeCheck::Wrong))
}

fn recovery_code(factor: &SecondFactor, keys: &Keys, user: &UserId, code: &str) -> Option<usize> {
    let hash = recovery::stored(keys, user, code)?;
    factor.recovery_codes.iter().position(|stored| *stored == hash)
}

/// Takes a time-based code, if it is one. Spaces don't count: applications show `123 456`.
pub(super) fn is_taken(
    factor: &mut SecondFactor,
    now: Timestamp,
    keys: &Keys,
    user: &UserId,
    code: &str,
) -> Result<bool, StoreError> {
    let secret = sealed::open(keys, user, &factor.secret)?;
    let bare: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(step) = totp::matching_step(&secret, &bare, now, factor.last_step) else {
        return Ok(false);
    };
    factor.last_step = step;
    factor.unlock();
    Ok(true)
}

fn count_wrong(changes: Changes, factor: &mut SecondFactor, now: Timestamp) -> Changes {
    factor.failures = factor.failures.saturating_add(1);
    let Some(beyond) = factor.failures.checked_sub(FREE) else { return changes };
    let pause = PAUSE.saturating_mul(1 << beyond.min(16)).min(LONGEST);
    factor.paused_until = Some(now.plus(pause));
    if !is_doubling(factor.failures, FREE) {
        return changes;
    }
    changes.emit(&CodeGuessing { factor: Factor::TwoFactor, wrong_codes: factor.failures })
}
