//! The suite on `SQLite`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on panics")]

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_primitives::{Fatal, ManualClock};
use selfsame_store::conformance::{Durable, Harness, start};
use selfsame_store::{Maintenance, Store};
use selfsame_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

struct Fixture {
    store: Arc<SqliteStore>,
    clock: Arc<ManualClock>,
    directory: TempDir,
}

impl Fixture {
    fn open(directory: TempDir, clock: Arc<ManualClock>) -> Self {
        let path = directory.path().join("items.db");
        let store =
            SqliteStore::open(&path, Arc::clone(&clock) as _, Options::default(), Fatal::default())
                .unwrap();
        Self { store: Arc::new(store), clock, directory }
    }
}

#[async_trait]
impl Harness for Fixture {
    async fn create() -> Self {
        Self::open(tempfile::tempdir().unwrap(), Arc::new(ManualClock::new(start())))
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as _
    }

    fn chores(&self) -> Arc<dyn Maintenance> {
        Arc::clone(&self.store) as _
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }
}

#[async_trait]
impl Durable for Fixture {
    async fn reopen(self) -> Self {
        drop(Arc::into_inner(self.store).expect("no other handle of the store"));
        Self::open(self.directory, self.clock)
    }
}

selfsame_store::conformance!(sqlite, Fixture, durable);
