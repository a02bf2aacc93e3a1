//! What a code changes.

use selfsame_basics::{EmailAddress, Timestamp};
use selfsame_events::{Changes, Loaded};
use selfsame_items::StoreError;

use super::facts::EmailVerified;
use crate::Account;
use crate::otp::{Attempt, Holder, Verdict};
use crate::registration::Waiting;

/// Judges a code for `email`, and says when. The right one makes the address verified, and an account that waited for it work.
pub(super) fn verify(
    loaded: &Loaded,
    holder: &Holder,
    (attempt, waiting): (&Attempt, &Waiting),
    email: &EmailAddress,
) -> Result<(Changes, (Verdict, Timestamp)), StoreError> {
    let ((changes, verdict), now) = (attempt.judge(loaded)?, loaded.now());
    if verdict != Verdict::Right {
        return Ok((changes, (verdict, now)));
    }
    let is_its = |own: &EmailAddress| own.canonical() == email.canonical();
    let account = loaded.get::<Account>(&holder.account_key())?;
    // The address may have been changed since the code was sent.
    let Some(mut account) = account.filter(|account| account.email.as_ref().is_some_and(is_its)) else {
        return Ok((changes, (Verdict::Wrong, now)));
    };
    account.email_verified = true;
    // Whoever has registered anew meanwhile asked for another code.
    let Some(changes) = waiting.settle(changes, loaded)? else {
        return Ok((Changes::none(), (Verdict::Wrong, now)));
    };
    let told = EmailVerified { verified_at: now };
    Ok((changes.put(holder.account_key(), &account).tell(&told), (verdict, now)))
}
