//! The endpoints as this process knows them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_primitives::{Clock, Timestamp};
use selfsame_store::{Guard, Item, Store, StoreError, Write, decode};
use tokio::sync::Notify;

use super::record::{Endpoints, PARTITION};

/// Deliveries go by what was read so short a time ago.
const RECENT: Duration = Duration::from_secs(2);
/// So long it is believed that nobody wants an event. It is read every two seconds where events are
/// delivered; where nobody reads it, as in a command, every event is queued for whoever knows.
const BELIEVED: Duration = Duration::from_secs(10);

/// What was read, and when.
#[derive(Clone)]
pub(super) struct CachedEndpoints {
    pub(super) endpoints: Arc<Endpoints>,
    /// Holds while nobody has changed any of them.
    pub(super) guard: Guard,
    at: Timestamp,
}

#[derive(Default)]
struct State {
    /// Counts the changes made here, so that what was read before one is not taken for what came
    /// after.
    changes: u64,
    known: Option<CachedEndpoints>,
    /// What was known last, however old.
    last: Option<Arc<Endpoints>>,
}

/// Reads the endpoints, and remembers them for a short time.
pub struct EndpointCache {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changed: Arc<Notify>,
}

impl EndpointCache {
    /// The endpoints in `store`, read when they are first asked for.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, state: Mutex::default(), changed: Arc::default() }
    }

    /// Notified when an endpoint was changed, or may have been.
    pub(super) fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    /// Hears of a write.
    pub fn hear(&self, write: &Write) {
        if write.key.partition == PARTITION && write.key.sort == Endpoints::SORT {
            self.forget();
        }
    }

    /// What is known may be old.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.changes += 1;
        state.known = None;
        drop(state);
        self.changed.notify_waiters();
    }

    /// Whether somebody wants events of this type, as far as is known: where it is not, everything
    /// is wanted.
    pub fn wants(&self, event_type: &str) -> bool {
        let now = self.clock.now();
        let state = self.lock();
        match state.known.as_ref().filter(|known| now.age_of(known.at) < BELIEVED) {
            Some(known) => known.endpoints.enabled().any(|endpoint| endpoint.wants(event_type)),
            None => true,
        }
    }

    /// What was known last; `None` where nothing was ever read.
    pub(super) fn last(&self) -> Option<Arc<Endpoints>> {
        self.lock().last.clone()
    }

    /// What was read a short time ago, or else is read now.
    pub(super) async fn recent(&self) -> Result<Arc<Endpoints>, StoreError> {
        let now = self.clock.now();
        let known = self.lock().known.clone().filter(|known| now.age_of(known.at) < RECENT);
        match known {
            Some(known) => Ok(known.endpoints),
            None => Ok(self.read().await?.endpoints),
        }
    }

    /// What is there now.
    pub(super) async fn read(&self) -> Result<CachedEndpoints, StoreError> {
        let before = self.lock().changes;
        let at = self.clock.now();
        let item = self.store.get(&Endpoints::key()).await?;
        let guard = item.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
        let load = |item: Item| decode::<Endpoints>(&item.body);
        let endpoints = Arc::new(item.map(load).transpose()?.unwrap_or_default());
        let known = CachedEndpoints { endpoints, guard, at };
        let mut state = self.lock();
        if state.changes == before {
            state.known = Some(known.clone());
            state.last = Some(Arc::clone(&known.endpoints));
        }
        Ok(known)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
