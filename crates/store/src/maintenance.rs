//! What operators do with a store, and requests never.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use selfsame_primitives::Timestamp;

use crate::{Item, Key, StoreError};

/// Called when another process may have committed something. It must not block.
pub type Heard = Arc<dyn Fn() + Send + Sync>;

/// Maintenance of a store.
#[async_trait]
pub trait Maintenance: Send + Sync + 'static {
    /// One page of all items whose partition starts with `partition_prefix`, after the item
    /// `after`. The order is the store's own; an item that exists during the whole scan is returned
    /// exactly once.
    async fn scan(
        &self,
        partition_prefix: &str,
        after: Option<&Key>,
    ) -> Result<ScanPage, StoreError>;

    /// Removes the items that expired at `before` or earlier; returns how many. They were absent to
    /// readers already; this frees their space. It goes in steps that are small beside the commits
    /// between them, and yet remove more than those put, so that it always ends
    /// (docs/decisions/0037). Dropping the future stops it. A store that expires items by itself
    /// returns 0.
    async fn sweep(&self, before: Timestamp) -> Result<usize, StoreError>;

    /// Writes a whole, consistent, durable copy to the new file `path`, while others read and
    /// write.
    async fn backup(&self, path: &Path) -> Result<(), StoreError>;

    /// Has `heard` be called whenever another process may have committed something, at most a tenth
    /// of a second later and before any commit of this process that comes after it is answered.
    fn watch(&self, heard: Heard);

    /// Fails where the opened files are no longer at their path: the next process to open the path
    /// would not find what is written now.
    async fn check_place(&self) -> Result<(), StoreError>;

    /// Figures about the store.
    async fn stats(&self) -> Result<Stats, StoreError>;
}

/// Some items of a scan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScanPage {
    /// The items, none of them expired. May be empty though there is more.
    pub items: Vec<Item>,
    /// The next page's `after`; `None` at the end.
    pub next: Option<Key>,
}

/// Figures about a store, counted since it was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// How much space it takes, in bytes.
    pub bytes: u64,
    /// How much of it nothing lies in, as after a sweep: it is used again before the store grows.
    pub free_bytes: u64,
    /// Commits that were made.
    pub commits: u64,
    /// Commits whose guards did not hold.
    pub conflicts: u64,
    /// Flushes to the disk that made commits durable; 0 where there is none.
    pub flushes: u64,
}
