//! A change that a signed-in user makes.
//!
//! A request is admitted from what caches hold. The commit decides whether its sender may still
//! make a change: the user's head and the session guard it (docs/decisions/0044).

use selfsame_primitives::UserId;
use selfsame_store::{Key, Revision, StoreError};
use thiserror::Error;

use crate::{Head, Loaded, Origin, Status};

/// The session of a request, as it was when the request was admitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownSession {
    /// Its key.
    pub key: Key,
    /// The revision at which it was found alive.
    pub revision: Revision,
}

/// A signed-in user who makes a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// The session; `None` where another issuer signed the user in.
    pub session: Option<KnownSession>,
    /// Where the change came from.
    pub origin: Origin,
}

/// Why a change by an [`Actor`] is not made.
#[derive(Debug, Error)]
pub enum Refused<E> {
    /// The rule refuses it.
    #[error(transparent)]
    Rule(E),
    /// The account is not active, or the session has ended.
    #[error("the account does not work, or the session has ended")]
    Actor,
}

impl<E: From<StoreError>> From<StoreError> for Refused<E> {
    fn from(error: StoreError) -> Self {
        Self::Rule(error.into())
    }
}

impl Actor {
    /// Whether the actor may make changes, by what was loaded. A session that was not loaded guards
    /// the commit by the revision it was found at.
    pub(crate) fn may_act(&self, loaded: &Loaded) -> Result<bool, StoreError> {
        let head = loaded.get::<Head>(&Head::key(&self.user))?;
        let works = head.is_some_and(|head| head.status == Status::Active);
        let session = self.session.as_ref().filter(|session| loaded.is_loaded(&session.key));
        Ok(works && session.map_or(Ok(true), |session| loaded.has(&session.key))?)
    }
}
