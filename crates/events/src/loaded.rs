//! The input of a rule.

use std::collections::BTreeMap;

use selfsame_primitives::Timestamp;
use selfsame_store::{Guard, Item, Key, Record, StoreError, decode};

/// The items that were loaded for a decision. All of them guard the commit, so a decision is
/// written only over what it was made from.
#[derive(Debug)]
pub struct Loaded {
    now: Timestamp,
    items: BTreeMap<Key, Option<Item>>,
}

impl Loaded {
    pub(crate) fn new(keys: &[Key], found: Vec<Option<Item>>, now: Timestamp) -> Self {
        Self { now, items: keys.iter().cloned().zip(found).collect() }
    }

    /// The time of the decision.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The record at `key`; `None` where there is none. Asking for a key that was not loaded is a
    /// mistake, and an error.
    pub fn get<R: Record>(&self, key: &Key) -> Result<Option<R>, StoreError> {
        let item = self.item(key)?;
        Ok(item.as_ref().map(|item| decode(&item.body)).transpose()?)
    }

    /// Whether `key` was loaded.
    pub(crate) fn is_loaded(&self, key: &Key) -> bool {
        self.items.contains_key(key)
    }

    /// Whether there is something at `key`. An error where it was not loaded, as for
    /// [`get`](Self::get): an answer would be no more than a guess, and nothing would guard it.
    pub fn has(&self, key: &Key) -> Result<bool, StoreError> {
        Ok(self.item(key)?.is_some())
    }

    /// Whether there is something at one of `keys`, all of which were loaded.
    pub fn has_any<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Result<bool, StoreError> {
        keys.into_iter().try_fold(false, |found, key| Ok(self.has(key)? || found))
    }

    fn item(&self, key: &Key) -> Result<&Option<Item>, StoreError> {
        self.items.get(key).ok_or_else(|| StoreError::Limit(format!("{key} was not loaded")))
    }

    /// When what is at `key` is gone; `None` where there is nothing, or for good.
    pub(crate) fn expires_at(&self, key: &Key) -> Option<Timestamp> {
        self.items.get(key)?.as_ref()?.expires_at
    }

    pub(crate) fn guard(&self, key: &Key) -> Guard {
        match self.items.get(key) {
            Some(Some(item)) => Guard::Revision(item.revision),
            Some(None) => Guard::Absent,
            None => Guard::Any,
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.items.keys()
    }
}
