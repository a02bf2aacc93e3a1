//! What all nodes share, and each node's way to it.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use selfsame_store::{Commit, FaultyStore, Item, Key, MemoryStore, Page, Query, Store, StoreError};

use super::scheduler::pause;
use super::world::World;

/// The one store behind all nodes. It survives all of them.
pub(crate) type Disk = Arc<MemoryStore>;

/// What happened, step by step, as one number: two runs that have the same one were the same run.
#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<(DefaultHasher, u64)>>);

impl Trace {
    pub(crate) fn note(&self, what: impl Hash) {
        let mut trace = self.0.lock().unwrap();
        what.hash(&mut trace.0);
        trace.1 += 1;
    }

    /// The number, and how many steps it stands for.
    pub(crate) fn finish(&self) -> (u64, u64) {
        let trace = self.0.lock().unwrap();
        (trace.0.finish(), trace.1)
    }
}

/// One node's store: it fails by its seed, yields to other tasks before and after each commit, and
/// traces everything.
pub(crate) struct Access {
    pub(crate) node: usize,
    pub(crate) store: FaultyStore<MemoryStore>,
    pub(crate) disk: Disk,
    pub(crate) world: World,
}

impl Access {
    fn note<T>(
        &self,
        what: &str,
        key: &impl Hash,
        outcome: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let failure = outcome.as_ref().err().map(ToString::to_string);
        self.world.trace.note((self.node, what, key, failure));
        outcome
    }
}

#[async_trait]
impl Store for Access {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        pause().await;
        self.note("get", key, self.store.get(key).await)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        let found = self.store.get_many(keys).await;
        pause().await;
        self.note("get_many", &keys, found)
    }

    /// Most shards are empty at most times: looking at one is not a step at which anything can go
    /// wrong, or nearly all would be.
    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let page = self.disk.query(query).await;
        if self.store.is_crashed() || !matches!(&page, Ok(page) if page.items.is_empty()) {
            return self.note(
                "query",
                &(&query.partition, &query.after),
                self.store.query(query).await,
            );
        }
        page
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        pause().await;
        let keys: Vec<Key> = commit.writes.iter().map(|write| write.key.clone()).collect();
        let fell = self.world.progress(&commit);
        let outcome = self.store.commit(commit).await;
        if let (Ok(()), Some(fell)) = (&outcome, fell) {
            self.world.outside.lock().unwrap().fell.push(fell);
        }
        pause().await;
        self.note("commit", &keys, outcome)
    }
}
