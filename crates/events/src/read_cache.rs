//! What users' changes were lately made from, so that the next one need not ask the store.
//!
//! What is remembered may be old: another node may have changed it. No harm comes of it, since
//! whatever a change was decided on guards its commit; but a refusal has no commit, and must be
//! decided on what the store says now.

use std::fmt;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use selfsame_primitives::Timestamp;
use selfsame_store::{Action, Guard, Item, Key, Revision, Write};

/// About as many items as fit: the two or three of a profile's change take 2 kB.
const ITEMS: usize = 16_384;
/// Bytes of keys and bodies that are remembered.
const BYTES: u64 = 16 << 20;

pub(crate) struct ReadCache {
    items: Cache<Key, Item, CacheWeight>,
}

impl fmt::Debug for ReadCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recent({} items)", self.items.len())
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
    /// All the items at `keys` that are there at `now`, where every one is remembered.
    pub(crate) fn all(&self, keys: &[Key], now: Timestamp) -> Option<Vec<Option<Item>>> {
        let alive = |item: &Item| item.expires_at.is_none_or(|end| now < end);
        keys.iter().map(|key| self.items.get(key).filter(alive).map(Some)).collect()
    }

    /// Remembers what a change has written over something that it had loaded.
    pub(crate) fn note(&self, write: &Write, revision: Revision) {
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

    /// Forgets what lies at `keys`: it was found to be old.
    pub(crate) fn forget(&self, keys: &[Key]) {
        for key in keys {
            self.items.remove(key);
        }
    }
}
