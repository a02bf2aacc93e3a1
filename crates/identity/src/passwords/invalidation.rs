//! The invalidation of a password.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError};

use super::history::History;
use selfsame_users::records::Account;

/// What has to be loaded for [`password`].
pub(crate) fn key(user: &UserId) -> Key {
    History::key(user)
}

/// Removes the password from `account` and adds it to those that are not accepted again.
pub(crate) fn password(
    changes: Changes,
    loaded: &Loaded,
    user: &UserId,
    account: &mut Account,
) -> Result<Changes, StoreError> {
    let Some(before) = account.password.take() else { return Ok(changes) };
    let history = loaded.get::<History>(&key(user))?.unwrap_or_default();
    Ok(changes.put(key(user), &history.after(before)))
}
