//! The limits of the port: one validator for every store, so that what fits in one fits in all.
//!
//! The numbers are the narrowest of the stores that are supported: a `DynamoDB` transaction holds
//! 100 writes and 4 MB, and an item 400 kB (AWS, "Quotas in Amazon `DynamoDB`"); `PostgreSQL` texts
//! hold no NUL.

use std::collections::HashSet;

use crate::{Commit, Item, Key, Query, StoreError, Write};

/// The most writes of one commit.
pub const MAX_WRITES: usize = 100;
/// The most bytes of one commit, keys and bodies together.
pub const MAX_COMMIT_BYTES: usize = 4_000_000;
/// The most bytes of one item, key and body together.
pub const MAX_ITEM_BYTES: usize = 400_000;
/// The most bytes of each of a key's two parts; the least is 1.
pub const MAX_KEY_PART_BYTES: usize = 512;
/// The most items of one page; the least is 1.
pub const MAX_PAGE_ITEMS: usize = 1_000;
/// The most bytes of one page, keys and bodies together: a page ends before the item that would go
/// beyond.
pub const MAX_PAGE_BYTES: usize = 1_000_000;
/// The most keys of one [`ItemStore::get_many`](crate::ItemStore::get_many).
pub const MAX_KEYS: usize = 100;

/// Whether `key` is a key.
pub fn check_key(key: &Key) -> Result<(), StoreError> {
    check_part("partition", &key.partition)?;
    check_part("sort key", &key.sort)
}

/// Whether `keys` can be read at once.
pub fn check_keys(keys: &[Key]) -> Result<(), StoreError> {
    at_most("keys", keys.len(), MAX_KEYS)?;
    keys.iter().try_for_each(check_key)
}

/// Whether `query` can be read.
pub fn check_query(query: &Query) -> Result<(), StoreError> {
    check_part("partition", &query.partition)?;
    check_bound(&query.from)?;
    query.until.as_deref().map_or(Ok(()), check_bound)?;
    query.after.as_deref().map_or(Ok(()), check_bound)?;
    at_least_one("limit", query.limit)?;
    at_most("limit", query.limit, MAX_PAGE_ITEMS)
}

/// Whether `commit` can be made.
pub fn check_commit(commit: &Commit) -> Result<(), StoreError> {
    at_least_one("writes", commit.writes.len())?;
    at_most("writes", commit.writes.len(), MAX_WRITES)?;
    let mut keys = HashSet::with_capacity(commit.writes.len());
    let mut bytes = 0;
    for write in &commit.writes {
        bytes += check_write(write)?;
        if !keys.insert(&write.key) {
            return Err(StoreError::Limit(format!("more than one write for {}", write.key)));
        }
    }
    at_most("bytes of a commit", bytes, MAX_COMMIT_BYTES)
}

fn check_write(write: &Write) -> Result<usize, StoreError> {
    check_key(&write.key)?;
    let bytes = write.key.size() + write.action.size();
    at_most("bytes of an item", bytes, MAX_ITEM_BYTES)?;
    Ok(bytes)
}

fn check_part(name: &str, part: &str) -> Result<(), StoreError> {
    at_least_one(name, part.len())?;
    at_most(name, part.len(), MAX_KEY_PART_BYTES)?;
    check_text(name, part)
}

// A bound may be empty, and one byte longer than a key: the successor of a prefix can be.
fn check_bound(bound: &str) -> Result<(), StoreError> {
    at_most("bytes of a bound", bound.len(), MAX_KEY_PART_BYTES + 1)?;
    check_text("bound", bound)
}

fn check_text(name: &str, text: &str) -> Result<(), StoreError> {
    if text.contains('\0') {
        Err(StoreError::Limit(format!("a NUL in the {name}")))
    } else {
        Ok(())
    }
}

fn at_least_one(name: &str, found: usize) -> Result<(), StoreError> {
    if found == 0 { Err(StoreError::Limit(format!("{name}: none"))) } else { Ok(()) }
}

fn at_most(name: &str, found: usize, most: usize) -> Result<(), StoreError> {
    if found > most {
        Err(StoreError::Limit(format!("{name}: {found}, at most {most}")))
    } else {
        Ok(())
    }
}

/// Decides where a page ends: stores push the items they find, in order, until there is no more
/// room.
#[derive(Debug)]
pub struct PageBuilder {
    items: Vec<Item>,
    room: usize,
    limit: usize,
    more: bool,
}

impl PageBuilder {
    /// An empty page for at most `limit` items.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { items: Vec::new(), room: MAX_PAGE_BYTES, limit, more: false }
    }

    /// Adds `item` if there is room; `false` means that the page is full and that the item belongs
    /// to the next one.
    pub fn push(&mut self, item: Item) -> bool {
        let size = item.key.size() + item.body.len();
        // The first always fits, since an item is smaller than a page.
        self.more = self.items.len() >= self.limit || size > self.room;
        if !self.more {
            self.room -= size;
            self.items.push(item);
        }
        !self.more
    }

    /// The items, and the key of the last one if there is more after it.
    #[must_use]
    pub fn finish(self) -> (Vec<Item>, Option<Key>) {
        let next = self.items.last().filter(|_| self.more).map(|item| item.key.clone());
        (self.items, next)
    }
}
