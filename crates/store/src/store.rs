//! The port itself.

use async_trait::async_trait;
use thiserror::Error;

use crate::{Commit, Item, Key, Page, Query};

/// Why a call of a store failed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum StoreError {
    /// A guard did not hold; nothing was written. Load again and decide again.
    #[error("a guard does not hold: {0}")]
    Conflict(Key),
    /// The store can't be reached or has no room now; nothing was written.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// Whether the commit happened is not known. Only the same commit, with the same token, may be
    /// tried again.
    #[error("whether the commit happened is not known: {0}")]
    Unknown(String),
    /// The request is outside the limits of the port: a bug of the caller.
    #[error("outside the limits of the port: {0}")]
    Limit(String),
    /// What is stored can't be read.
    #[error("stored bytes can't be read: {0}")]
    Corrupt(String),
    /// What is stored was written by a later release and can't be read by this one. It is whole,
    /// and must be left where it is.
    #[error("too new: {0}")]
    Newer(String),
}

/// A store of items. Every store gives the same guarantees: those of the conformance suite.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The item at `key`.
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError>;

    /// The items at `keys` (at most 100), in their order. The read is not a snapshot: guard what
    /// you decide on.
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError>;

    /// One page of a range.
    async fn query(&self, query: &Query) -> Result<Page, StoreError>;

    /// Writes all or nothing; durable before it returns `Ok`. A commit whose token is known already
    /// is not repeated.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;
}
