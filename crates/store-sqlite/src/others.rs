//! What other processes commit to the same file.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, Statement};
use selfsame_store::{Heard, StoreError};

use crate::failure::Failures;
use crate::thread;

/// How often commits of other processes are polled for while this one writes nothing.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// The callbacks.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Arc<Mutex<Vec<Heard>>>);

impl Listeners {
    pub(crate) fn add(&self, listener: Heard) {
        self.all().push(listener);
    }

    fn notify(&self) {
        self.all().iter().for_each(|listener| listener());
    }

    fn all(&self) -> MutexGuard<'_, Vec<Heard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listeners({})", self.all().len())
    }
}

/// Notices commits of others, from the connection that writes: `SQLite` counts those of every other
/// connection for it.
pub(crate) struct Watch<'c> {
    version: Statement<'c>,
    seen: i64,
    listeners: Listeners,
}

impl<'c> Watch<'c> {
    pub(crate) fn new(connection: &'c Connection, listeners: Listeners) -> rusqlite::Result<Self> {
        let mut version = connection.prepare("PRAGMA data_version")?;
        let seen = version.query_row([], |row| row.get(0))?;
        Ok(Self { version, seen, listeners })
    }

    /// Calls the listeners if another process has committed since the last call. Within a write
    /// transaction this is exact, since no other process commits then.
    pub(crate) fn check(&mut self) -> rusqlite::Result<()> {
        let version = self.version.query_row([], |row| row.get(0))?;
        if version != self.seen {
            self.seen = version;
            self.listeners.notify();
        }
        Ok(())
    }
}

/// Asks again and again on a thread of its own, until it is dropped.
pub(crate) struct CommitPoller {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl CommitPoller {
    pub(crate) fn start(
        failures: &Failures,
        poll: impl Fn() + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (stop, stopped) = channel::<()>();
        let run = move || {
            while stopped.recv_timeout(POLL_EVERY) == Err(RecvTimeoutError::Timeout) {
                poll();
            }
        };
        Ok(Self { stop: Some(stop), thread: Some(thread::spawn("sqlite-others", failures, run)?) })
    }
}

impl Drop for CommitPoller {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // One that died has ended the process.
            let _ended = thread.join();
        }
    }
}
