//! Users who are signed in by another issuer only.
//!
//! Their address comes from that issuer. It may be mistyped there and belong to another person, to
//! whom a mailed code would give the account; and a password here would outlast the removal of the
//! user at the issuer. So no mail gives them a password (decision 0045).

use selfsame_events::{Loaded, user_key};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError};

use crate::Identity;
use crate::otp::OtpSubject;
use selfsame_users::records::Account;

/// The key of the record that links `user` to another issuer.
pub(crate) fn key(user: &UserId) -> Key {
    user_key(user, "identity")
}

/// Whether `subject` is such a user. There is one read in any case, so that the time reveals
/// nothing.
pub(crate) async fn signs_in(
    identity: &Identity,
    subject: &OtpSubject,
) -> Result<bool, StoreError> {
    let is_known_there = identity.platform.store.get(&key(&subject.user)).await?.is_some();
    Ok(is_known_there && subject.account.as_ref().is_some_and(has_no_password))
}

/// The same for the `account` of `user` by what was loaded; [`key`] must be among it.
pub(crate) fn signs_in_to(
    loaded: &Loaded,
    user: &UserId,
    account: &Account,
) -> Result<bool, StoreError> {
    Ok(has_no_password(account) && loaded.has(&key(user))?)
}

fn has_no_password(account: &Account) -> bool {
    account.password.is_none()
}
