//! Who changes what is theirs: somebody who is signed in.
//!
//! What a request was let in for was believed from a cache. Whether its sender may still change
//! anything is decided where it is committed: the commit is guarded by their head and by the
//! session they came with.

use selfsame_primitives::UserId;
use selfsame_store::{Key, Revision, StoreError};
use thiserror::Error;

use crate::{Head, Loaded, Origin, Status};

/// The session that somebody came with, as it was when they were let in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownSession {
    /// Its place.
    pub key: Key,
    /// The revision at which it was found alive.
    pub revision: Revision,
}

/// Somebody who is signed in and changes something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// Their session; none where another issuer has signed them in.
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
    /// Their account does not work, or their session has ended.
    #[error("the account does not work, or the session has ended")]
    Actor,
}

impl<E: From<StoreError>> From<StoreError> for Refused<E> {
    fn from(error: StoreError) -> Self {
        Self::Rule(error.into())
    }
}

impl Actor {
    /// Whether they may act, by what was loaded. A session that was not loaded guards the commit by
    /// the revision it was found at.
    pub(crate) fn may_act(&self, loaded: &Loaded) -> Result<bool, StoreError> {
        let head = loaded.get::<Head>(&Head::key(&self.user))?;
        let works = head.is_some_and(|head| head.status == Status::Active);
        let session = self.session.as_ref().filter(|session| loaded.is_loaded(&session.key));
        Ok(works && session.map_or(Ok(true), |session| loaded.has(&session.key))?)
    }
}
