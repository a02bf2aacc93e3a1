//! The items that recent changes were made from, so that the next change of a user need not read
//! the store. Under updates reading took a fifth of the service's processor time
//! (docs/decisions/0008).
//!
//! Cached items may be stale, since another node may have changed them. That is safe: everything a
//! change was decided on guards its commit. A refusal has no commit, and must be decided on what
//! the store holds.

use std::fmt;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use selfsame_primitives::Timestamp;
use selfsame_store::{Action, Guard, Item, Key, Revision, Write};

/// About as many items as fit: the two or three of a profile's change take 2 kB.
const ITEMS: usize = 16_384;
/// Bytes of keys and bodies that are cached.
const BYTES: u64 = 16 << 20;

pub(crate) struct ReadCache {
    items: Cache<Key, Item, CacheWeight>,
}

impl fmt::Debug for ReadCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadCache({} items)", self.items.len())
    }
}

#[derive(Clone)]
struct CacheWeight;

impl Weighter<Key, Item> for CacheWeight {
    fn weight(&self, key: &Key, item: &Item) -> u64 {
        (2 * (key.partition.len() + key.sort.len()) + item.body.len()) as u64 + 128
    }
}

impl Default for ReadCache {
    fn default() -> Self {
        Self { items: Cache::with_weighter(ITEMS, BYTES, CacheWeight) }
    }
}

impl ReadCache {
    /// The live items at `keys`, where all of them are cached.
    pub(crate) fn all(&self, keys: &[Key], now: Timestamp) -> Option<Vec<Option<Item>>> {
        let alive = |item: &Item| item.expires_at.is_none_or(|end| now < end);
        keys.iter().map(|key| self.items.get(key).filter(alive).map(Some)).collect()
    }

    /// Caches what a change has put over something that it had loaded. Anything else that it wrote
    /// is dropped.
    pub(crate) fn insert(&self, write: &Write, revision: Revision) {
        match (&write.action, write.guard) {
            (Action::Put { body, expires_at }, Guard::Revision(_) | Guard::Absent) => {
                let (body, expires_at) = (body.clone(), *expires_at);
                let item = Item { key: write.key.clone(), revision, body, expires_at };
                self.items.insert(write.key.clone(), item);
            }
            (Action::Put { .. } | Action::Delete, _) => drop(self.items.remove(&write.key)),
            (Action::Check, _) => {}
        }
    }

    /// Drops the items at `keys`, which were found to be stale.
    pub(crate) fn forget(&self, keys: &[Key]) {
        for key in keys {
            self.items.remove(key);
        }
    }
}
