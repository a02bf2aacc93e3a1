//! In-process notifications that a shard has work, by subscription.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::shards::Shards;

/// Notifies one worker, and collects the shards that have work. It is a hint: what is lost with the
/// process, and what other processes write, is found by polling all shards.
#[derive(Debug, Default)]
pub(crate) struct ShardNotifier {
    notified: Notify,
    shards: AtomicU16,
}

impl ShardNotifier {
    pub(crate) fn notify(&self, shards: Shards) {
        self.shards.fetch_or(shards.0, Ordering::AcqRel);
        // The permit lasts until the next wait, so no notification is lost in between.
        self.notified.notify_one();
    }

    pub(crate) async fn notified(&self) {
        self.notified.notified().await;
    }

    /// The shards that were notified since the last call.
    pub(crate) fn take(&self) -> Shards {
        Shards(self.shards.swap(0, Ordering::AcqRel))
    }
}

/// A notifier for each subscription with a worker in this process. There may be many, and most
/// events are for few of them.
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
        if let Some(notifier) = self.lock().get(name) {
            notifier.notify(shards);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<ShardNotifier>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
