//! A store in memory, for tests and for trying things out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_primitives::{Clock, Timestamp};

use crate::limits::{PageBuilder, check_commit, check_key, check_keys, check_query};
use crate::maintenance::{Heard, Maintenance, ScanPage, Stats};
use crate::{
    Action, Commit, Direction, Item, Key, Page, Query, RecentTokens, Revision, Store, StoreError,
    Write,
};

/// A store in memory. Nothing outlives it; everything else is as the port promises.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    partitions: BTreeMap<String, BTreeMap<String, Stored>>,
    tokens: RecentTokens,
    stats: Stats,
}

struct Stored {
    revision: Revision,
    body: Bytes,
    expires_at: Option<Timestamp>,
}

impl Stored {
    fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    fn item(&self, partition: &str, sort: &str) -> Item {
        Item {
            key: Key::new(partition, sort),
            revision: self.revision,
            body: self.body.clone(),
            expires_at: self.expires_at,
        }
    }
}

impl MemoryStore {
    /// An empty store on `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, key: &Key, now: Timestamp) -> Option<&Stored> {
        self.partitions.get(&key.partition)?.get(&key.sort).filter(|stored| stored.is_alive(now))
    }

    fn item(&self, key: &Key, now: Timestamp) -> Option<Item> {
        self.find(key, now).map(|stored| stored.item(&key.partition, &key.sort))
    }

    fn check(&mut self, commit: &Commit, now: Timestamp) -> Result<(), StoreError> {
        for Write { key, guard, .. } in &commit.writes {
            if !guard.holds(self.find(key, now).map(|stored| stored.revision)) {
                self.stats.conflicts += 1;
                return Err(StoreError::Conflict(key.clone()));
            }
        }
        Ok(())
    }

    fn apply(&mut self, write: Write, revision: Revision) {
        match write.action {
            Action::Put { body, expires_at } => {
                let partition = self.partitions.entry(write.key.partition).or_default();
                partition.insert(write.key.sort, Stored { revision, body, expires_at });
            }
            Action::Delete => self.remove(&write.key),
            Action::Check => {}
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(items) = self.partitions.get_mut(&key.partition) {
            items.remove(&key.sort);
            if items.is_empty() {
                self.partitions.remove(&key.partition);
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = (&String, &String, &Stored)> {
        self.partitions.iter().flat_map(|(partition, items)| {
            items.iter().map(move |(sort, stored)| (partition, sort, stored))
        })
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        check_key(key)?;
        Ok(self.state().item(key, self.clock.now()))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        check_keys(keys)?;
        let (state, now) = (self.state(), self.clock.now());
        Ok(keys.iter().map(|key| state.item(key, now)).collect())
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        check_query(query)?;
        let (state, now) = (self.state(), self.clock.now());
        let mut page = PageBuilder::new(query.limit);
        if let (Some(items), Some(range)) = (state.partitions.get(&query.partition), query.bounds())
        {
            let mut found = items.range::<str, _>(range).filter(|(_, stored)| stored.is_alive(now));
            let next = || match query.direction {
                Direction::Forward => found.next(),
                Direction::Backward => found.next_back(),
            };
            std::iter::from_fn(next)
                .all(|(sort, stored)| page.push(stored.item(&query.partition, sort)));
        }
        let (items, next) = page.finish();
        Ok(Page { items, next: next.map(|key| key.sort) })
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        check_commit(&commit)?;
        let (mut state, now) = (self.state(), self.clock.now());
        if state.tokens.contains(commit.token) {
            return Ok(());
        }
        state.check(&commit, now)?;
        for write in commit.writes {
            state.apply(write, commit.token.revision());
        }
        state.tokens.insert(commit.token);
        state.stats.commits += 1;
        Ok(())
    }
}

#[async_trait]
impl Maintenance for MemoryStore {
    async fn scan(
        &self,
        partition_prefix: &str,
        after: Option<&Key>,
    ) -> Result<ScanPage, StoreError> {
        let (state, now) = (self.state(), self.clock.now());
        let mut page = PageBuilder::new(crate::limits::MAX_PAGE_ITEMS);
        state
            .all()
            .filter(|(partition, _, stored)| {
                partition.starts_with(partition_prefix) && stored.is_alive(now)
            })
            .filter(|(partition, sort, _)| {
                after.is_none_or(|k| (*partition, *sort) > (&k.partition, &k.sort))
            })
            .all(|(partition, sort, stored)| page.push(stored.item(partition, sort)));
        let (items, next) = page.finish();
        Ok(ScanPage { items, next })
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, StoreError> {
        let before = before.min(self.clock.now());
        let mut state = self.state();
        let dead = state.all().filter(|(_, _, stored)| !stored.is_alive(before));
        let dead: Vec<Key> = dead.map(|(partition, sort, _)| Key::new(partition, sort)).collect();
        for key in &dead {
            state.remove(key);
        }
        Ok(dead.len())
    }

    async fn backup(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Unavailable(
            "a store in memory has nothing that outlives it to copy".into(),
        ))
    }

    /// Nobody else has it.
    fn watch(&self, _: Heard) {}

    /// It lies nowhere else.
    async fn check_place(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        let state = self.state();
        let bytes = state
            .all()
            .map(|(partition, sort, stored)| partition.len() + sort.len() + stored.body.len());
        Ok(Stats { bytes: bytes.sum::<usize>() as u64, ..state.stats })
    }
}
