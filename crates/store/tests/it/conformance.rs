//! The suite on the store in memory, bare and behind a fault injector that has nothing to inject.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_primitives::{Clock, ManualClock};
use selfsame_store::conformance::{Harness, start};
use selfsame_store::{Faults, FaultyStore, Maintenance, MemoryStore, Store};

struct Fixture<S> {
    store: Arc<S>,
    clock: Arc<ManualClock>,
}

trait Make {
    fn make(clock: Arc<dyn Clock>) -> Self;
}

impl Make for MemoryStore {
    fn make(clock: Arc<dyn Clock>) -> Self {
        Self::new(clock)
    }
}

impl Make for FaultyStore<MemoryStore> {
    fn make(clock: Arc<dyn Clock>) -> Self {
        Self::new(MemoryStore::new(clock), 1, Faults { interleave: 500, ..Faults::default() })
    }
}

#[async_trait]
impl<S: Make + Store + Maintenance> Harness for Fixture<S> {
    async fn create() -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        Self { store: Arc::new(S::make(Arc::clone(&clock) as _)), clock }
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

selfsame_store::conformance!(memory, Fixture<MemoryStore>);
selfsame_store::conformance!(faulty, Fixture<FaultyStore<MemoryStore>>);
