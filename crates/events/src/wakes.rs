//! Who is told that there is something to do, by name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// One notice for each reactor of a roster: there may be many, and most events are for few of them.
#[derive(Default)]
pub(crate) struct Wakes(Mutex<HashMap<String, Arc<Notify>>>);

impl Wakes {
    pub(crate) fn of(&self, name: &str) -> Arc<Notify> {
        Arc::clone(self.lock().entry(name.to_owned()).or_default())
    }

    pub(crate) fn forget(&self, name: &str) {
        self.lock().remove(name);
    }

    pub(crate) fn wake(&self, name: &str) {
        if let Some(notify) = self.lock().get(name) {
            notify.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
