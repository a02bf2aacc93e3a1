//! The endpoints in the memory of this process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_primitives::{Clock, Timestamp};
use selfsame_store::{Guard, Item, Store, StoreError, Write, decode};
use tokio::sync::Notify;

use super::record::{Endpoints, PARTITION};

/// Deliveries use a list that is at most this old.
const RECENT: Duration = Duration::from_secs(2);
/// How long a list that contains no endpoint for an event type is trusted. It is read every two
/// seconds where events are delivered; where it is not read, as in a command, every event is
/// queued, and the process that delivers drops those without a subscriber.
const BELIEVED: Duration = Duration::from_secs(10);

/// A list, and when it was read.
#[derive(Clone)]
pub(super) struct CachedEndpoints {
    pub(super) endpoints: Arc<Endpoints>,
    /// Holds while the list is unchanged.
    pub(super) guard: Guard,
    at: Timestamp,
}

#[derive(Default)]
struct State {
    /// Counts the changes made here, so that a read that began before a change does not overwrite
    /// it.
    changes: u64,
    known: Option<CachedEndpoints>,
    /// The last known list, however old.
    last: Option<Arc<Endpoints>>,
}

/// Reads the endpoints, and caches them for a short time.
pub struct EndpointCache {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changed: Arc<Notify>,
}

impl EndpointCache {
    /// The endpoints in `store`, read at the first use.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, state: Mutex::default(), changed: Arc::default() }
    }

    /// Notified when the list has changed, or may have.
    pub(super) fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    /// Observes a write.
    pub fn on_write(&self, write: &Write) {
        if write.key.partition == PARTITION && write.key.sort == Endpoints::SORT {
            self.forget();
        }
    }

    /// Invalidates the list.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.changes += 1;
        state.known = None;
        drop(state);
        self.changed.notify_waiters();
    }

    /// Whether an endpoint subscribes to this event type. While the list is unknown or old, every
    /// type counts as subscribed.
    pub fn subscribes_to(&self, event_type: &str) -> bool {
        let now = self.clock.now();
        let state = self.lock();
        match state.known.as_ref().filter(|known| now.age_of(known.at) < BELIEVED) {
            Some(known) => {
                known.endpoints.enabled().any(|endpoint| endpoint.subscribes_to(event_type))
            }
            None => true,
        }
    }

    /// The last known list; `None` before the first read.
    pub(super) fn last(&self) -> Option<Arc<Endpoints>> {
        self.lock().last.clone()
    }

    /// The list at most [`RECENT`] old, read now if necessary.
    pub(super) async fn recent(&self) -> Result<Arc<Endpoints>, StoreError> {
        let now = self.clock.now();
        let known = self.lock().known.clone().filter(|known| now.age_of(known.at) < RECENT);
        match known {
            Some(known) => Ok(known.endpoints),
            None => Ok(self.read().await?.endpoints),
        }
    }

    /// The stored list.
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
