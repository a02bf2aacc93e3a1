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

/// How often it is asked whether another process has committed, while nothing is written here.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Who is told.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Arc<Mutex<Vec<Heard>>>);

impl Listeners {
    pub(crate) fn add(&self, heard: Heard) {
        self.all().push(heard);
    }

    fn tell(&self) {
        self.all().iter().for_each(|heard| heard());
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

    /// Tells the listeners where somebody else has committed since the last look. Within a
    /// transaction that writes this is exact, since nobody else commits then.
    pub(crate) fn look(&mut self) -> rusqlite::Result<()> {
        let version = self.version.query_row([], |row| row.get(0))?;
        if version != self.seen {
            self.seen = version;
            self.listeners.tell();
        }
        Ok(())
    }
}

/// Asks again and again on a thread of its own, until it is dropped.
pub(crate) struct Asking {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Asking {
    pub(crate) fn start(
        failures: &Failures,
        ask: impl Fn() + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (stop, stopped) = channel::<()>();
        let run = move || {
            while stopped.recv_timeout(ASK_EVERY) == Err(RecvTimeoutError::Timeout) {
                ask();
            }
        };
        Ok(Self { stop: Some(stop), thread: Some(thread::spawn("sqlite-others", failures, run)?) })
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // One that died has ended the process.
            let _ended = thread.join();
        }
    }
}
