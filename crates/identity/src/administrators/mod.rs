//! The operators of this installation: services with scopes, and users who are administrators.
//!
//! Only the command line makes a user an administrator, so that no request over the network can.

mod events;
mod operator;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use events::RoleChanged;
pub use operator::{Operator, RecentlyAuthenticatedOperator};
use selfsame_events::{Changes, EventKind, Head, Loaded, Origin, Status};
use selfsame_primitives::UserId;
use selfsame_store::{Store, StoreError, decode};
use selfsame_web::{Feature, Problem};

use crate::Identity;
use selfsame_users::records::Account;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "operators",
    promise: "Administrators are made by the command line alone, and manage what is not of one user.",
    routes: Vec::new,
    events: || vec![EventKind::of::<RoleChanged>()],
    metrics: &[],
    subscribers: &[],
};

/// Whether `user` is an administrator, read from the store: a right that was revoked ends at once,
/// and with it that of a suspended account.
pub async fn is_administrator(store: &dyn Store, user: &UserId) -> Result<bool, StoreError> {
    let items = store.get_many(&[Account::key(user), Head::key(user)]).await?;
    let [Some(account), Some(head)] = items.as_slice() else { return Ok(false) };
    let (account, head) = (decode::<Account>(&account.body)?, decode::<Head>(&head.body)?);
    Ok(account.administrator && head.status == Status::Active)
}

/// Makes `user` an administrator or an ordinary user. Does nothing where they are that already.
pub async fn set_administrator(
    identity: &Identity,
    user: &UserId,
    administrator: bool,
) -> Result<(), Problem> {
    let key = Account::key(user);
    let decide = |loaded: &Loaded| {
        let mut account = loaded.get::<Account>(&key)?.ok_or_else(Problem::not_found)?;
        if account.administrator == administrator {
            return Ok((Changes::none(), ()));
        }
        account.administrator = administrator;
        Ok::<_, Problem>((
            Changes::none().put(key.clone(), &account).emit(&RoleChanged { administrator }),
            (),
        ))
    };
    identity
        .platform
        .journal
        .change(user, std::slice::from_ref(&key), &Origin::default(), decide)
        .await
}
