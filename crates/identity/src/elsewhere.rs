//! People whom another issuer signs in, and nothing else.
//!
//! Their address is what that issuer has passed on: it may be mistyped there, and somebody else's.
//! A password that is given to whoever reads it would give them the account, and would stay good
//! when the issuer has let the person go. So no mail gives them one.

use selfsame_events::{Loaded, user_key};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError};

use crate::Identity;
use crate::otp::OtpSubject;
use selfsame_users::records::Account;

/// Where it says by what another issuer knows `user`.
pub(crate) fn key(user: &UserId) -> Key {
    user_key(user, "identity")
}

/// Whether `holder` is such a person. There is one read, whoever the holder is.
pub(crate) async fn signs_in(
    identity: &Identity,
    subject: &OtpSubject,
) -> Result<bool, StoreError> {
    let is_known_there = identity.platform.store.get(&key(&subject.user)).await?.is_some();
    Ok(is_known_there && subject.account.as_ref().is_some_and(has_no_password))
}

/// The same for the `account` of `user`, by what was loaded; [`key`] has to be.
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
