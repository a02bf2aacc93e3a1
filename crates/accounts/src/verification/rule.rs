//! What a code changes.

use selfsame_basics::EmailAddress;
use selfsame_events::{Changes, Head, Loaded, Status};
use selfsame_items::StoreError;

use super::facts::EmailVerified;
use crate::Account;
use crate::otp::{Attempt, Holder, Verdict};

/// Judges a code for `email`. The right one makes the address verified, and an account that waited for it work.
pub(super) fn verify(
    loaded: &Loaded,
    holder: &Holder,
    attempt: &Attempt,
    email: &EmailAddress,
) -> Result<(Changes, Verdict), StoreError> {
    let (changes, verdict) = attempt.judge(loaded)?;
    if verdict != Verdict::Right {
        return Ok((changes, verdict));
    }
    let is_its = |own: &EmailAddress| own.canonical() == email.canonical();
    let account = loaded.get::<Account>(&holder.account_key())?;
    // The address may have been changed since the code was sent.
    let Some(mut account) = account.filter(|account| account.email.as_ref().is_some_and(is_its)) else {
        return Ok((changes, Verdict::Wrong));
    };
    account.email_verified = true;
    let changes =
        changes.put(holder.account_key(), &account).tell(&EmailVerified { verified_at: loaded.now() });
    let head = loaded.get::<Head>(&Head::key(&holder.user))?.unwrap_or_default();
    let waited = head.status == Status::Pending;
    Ok((if waited { changes.status(Status::Active) } else { changes }, verdict))
}
