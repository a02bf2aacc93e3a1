//! Who is told that there is something to do, by name, and in which shards.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::shards::Shards;

/// Calls one worker, and remembers for it where there is something to do. It is a hint: what is
/// lost with the process, and what other processes write, is found by looking at all shards now and
/// then.
#[derive(Debug, Default)]
pub(crate) struct ShardNotifier {
    notified: Notify,
    shards: AtomicU16,
}

impl ShardNotifier {
    pub(crate) fn notify(&self, shards: Shards) {
        self.shards.fetch_or(shards.0, Ordering::AcqRel);
        // It is remembered until somebody listens, so nothing is missed in between.
        self.notified.notify_one();
    }

    pub(crate) async fn notified(&self) {
        self.notified.notified().await;
    }

    /// Where there is something since it was last asked.
    pub(crate) fn take(&self) -> Shards {
        Shards(self.shards.swap(0, Ordering::AcqRel))
    }
}

/// A bell for each reactor that is worked for in this process: there may be many, and most events
/// are for few of them.
#[derive(Debug, Default)]
pub(crate) struct NotifierRegistry(Mutex<HashMap<String, Arc<ShardNotifier>>>);

impl NotifierRegistry {
    pub(crate) fn of(&self, name: &str) -> Arc<ShardNotifier> {
        Arc::clone(self.lock().entry(name.to_owned()).or_default())
    }

    pub(crate) fn forget(&self, name: &str) {
        self.lock().remove(name);
    }

    pub(crate) fn wake(&self, name: &str, shards: Shards) {
        if let Some(bell) = self.lock().get(name) {
            bell.notify(shards);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<ShardNotifier>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
