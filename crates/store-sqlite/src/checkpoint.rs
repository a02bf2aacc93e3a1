//! Moving the log into the database, off the writer's path.
//!
//! `SQLite`'s own automatic checkpoints run inside some unlucky commit, and flush the whole
//! database file there: 100 ms and more. Here a thread does most of it in steps while the writer
//! goes on, and flushes the file itself each time, so that the last short step, which must happen
//! between two commits for the log to start anew, finds little left to write and to flush.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use selfsame_store::StoreError;

use crate::failure::Failures;
use crate::{Options, schema, thread};

/// The bytes of a page's header in the log (`SQLite`, "WAL-mode File Format").
const FRAME_HEADER_BYTES: u64 = 24;
/// The log is moved in so many steps (4 MB each by default). While the database is flushed, flushes
/// of the log wait for its pages: with 100 MB of them a flush of the log took 31 ms in the median,
/// with 4 MB 8 ms (docs/decisions/0008).
const STEPS: u64 = 32;
/// Each pass leaves what was written during it; after this many the rest is small.
const PASSES: u32 = 4;
/// Moves what can be moved without waiting for other connections.
const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// Moves nothing and only reports the state.
const STATE: &str = "PRAGMA wal_checkpoint(NOOP)";
/// The writer's last step moves the rest, where it is fewer pages than this.
const SMALL: u64 = 500;
/// How often the writer tries the last step before it lets the log grow on: a reader can be in the
/// way each time.
const TRIES: u32 = 50;

/// The background thread. Dropping it waits for a checkpoint that is under way.
pub(crate) struct Checkpointer {
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    idle: Arc<AtomicBool>,
    max_pages: u64,
}

impl Checkpointer {
    /// `file` is the database's, to flush it.
    pub(crate) fn start(
        path: &Path,
        options: Options,
        file: Arc<File>,
        failures: &Failures,
    ) -> Result<Self, StoreError> {
        let connection = schema::connect(path, options, failures)?;
        let page = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0));
        let page = u64::from(page.map_err(|error| failures.read(&error))?);
        let (requests, requested) = sync_channel(1);
        let idle = Arc::new(AtomicBool::new(true));
        let is_idle = Arc::clone(&idle);
        let thread_failures = failures.clone();
        let run = move || tend(&connection, &file, &requested, &is_idle, &thread_failures);
        let thread = thread::spawn("sqlite-checkpoint", failures, run)?;
        Ok(Self {
            requests: Some(requests),
            thread: Some(thread),
            idle,
            max_pages: options.log_bytes / (page + FRAME_HEADER_BYTES),
        })
    }

    /// The writer's part.
    pub(crate) fn handle(&self, failures: &Failures) -> LogWatch {
        LogWatch {
            failures: failures.clone(),
            requests: self.requests.clone(),
            idle: Arc::clone(&self.idle),
            max_pages: self.max_pages,
            due: self.max_pages,
            requested_at: 0,
            phase: Phase::Growing { passes: 0 },
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            // One that died has ended the process.
            let _ended = thread.join();
        }
    }
}

fn tend(
    connection: &Connection,
    file: &File,
    requested: &Receiver<()>,
    idle: &AtomicBool,
    failures: &Failures,
) {
    while requested.recv().is_ok() {
        if let Err(error) = move_and_flush(connection, file, failures) {
            tracing::warn!(%error, "a checkpoint failed; the log grows on");
        }
        // After a flush that failed, no process may start the log anew: it holds the only copy.
        if failures.ended() {
            return;
        }
        idle.store(true, Ordering::Release);
    }
}

fn move_and_flush(
    connection: &Connection,
    file: &File,
    failures: &Failures,
) -> Result<(), StoreError> {
    checkpoint(connection, MOVE).map_err(|error| failures.read(&error))?;
    // SQLite itself flushes only in the pass that reaches the end of the log. It flushes again
    // then, and relies on that flush.
    file.sync_data().map_err(|error| failures.flush(&error))
}

/// The log's length and how much of it is in the database, in pages.
#[derive(Clone, Copy)]
struct Log {
    pages: u64,
    moved: u64,
}

fn checkpoint(connection: &Connection, pragma: &str) -> rusqlite::Result<Log> {
    let mut statement = connection.prepare_cached(pragma)?;
    // -1 where there is no log yet.
    let pages =
        |row: &rusqlite::Row<'_>, n| row.get(n).map(|pages: i64| u64::try_from(pages).unwrap_or(0));
    statement.query_row([], |row| Ok(Log { pages: pages(row, 1)?, moved: pages(row, 2)? }))
}

/// Watches the log from the writer's thread.
pub(crate) struct LogWatch {
    failures: Failures,
    requests: Option<SyncSender<()>>,
    idle: Arc<AtomicBool>,
    max_pages: u64,
    due: u64,
    /// The length of the log when the thread was last asked to move it.
    requested_at: u64,
    phase: Phase,
}

enum Phase {
    /// The thread moves it step by step; so often since it should have started anew.
    Growing { passes: u32 },
    /// The rest is to be moved between two commits, so that the next one starts the log anew.
    Ending { tries: u32, length: u64 },
}

impl LogWatch {
    /// To be called between two transactions.
    pub(crate) fn tend(&mut self, connection: &Connection) {
        if let Err(error) = self.step(connection) {
            let error = self.failures.read(&error);
            tracing::warn!(%error, "a checkpoint failed; the log grows on");
            self.phase = Phase::Growing { passes: 0 };
        }
    }

    fn step(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        match self.phase {
            Phase::Growing { passes } if self.idle.load(Ordering::Acquire) => {
                self.grow(checkpoint(connection, STATE)?, connection, passes)?;
            }
            Phase::Growing { .. } => {}
            Phase::Ending { tries, length } => {
                self.end(checkpoint(connection, STATE)?, connection, tries, length)?;
            }
        }
        Ok(())
    }

    fn grow(&mut self, log: Log, connection: &Connection, passes: u32) -> rusqlite::Result<()> {
        let remaining = log.pages.saturating_sub(log.moved);
        if log.pages < self.due {
            // Where a reader keeps pages from being moved, more passes would only flush more often.
            // Another process may have started the log anew.
            let since = if self.requested_at > log.pages { 0 } else { self.requested_at };
            if remaining.min(log.pages - since) >= (self.max_pages / STEPS).max(SMALL) {
                self.request(log.pages);
            }
        } else if remaining < SMALL || passes == PASSES {
            self.finish(connection, TRIES)?;
        } else {
            self.request(log.pages);
            self.phase = Phase::Growing { passes: passes + 1 };
        }
        Ok(())
    }

    /// Has the thread move the pages of a log of this length.
    fn request(&mut self, pages: u64) {
        self.requested_at = pages;
        self.idle.store(false, Ordering::Release);
        if self.requests.as_ref().is_none_or(|requests| requests.try_send(()).is_err()) {
            self.idle.store(true, Ordering::Release);
        }
    }

    /// Moves the rest.
    fn finish(&mut self, connection: &Connection, tries: u32) -> rusqlite::Result<()> {
        let log = checkpoint(connection, MOVE)?;
        self.phase = Phase::Ending { tries, length: log.pages };
        Ok(())
    }

    fn end(
        &mut self,
        log: Log,
        connection: &Connection,
        tries: u32,
        length: u64,
    ) -> rusqlite::Result<()> {
        if log.pages < length {
            (self.phase, self.due, self.requested_at) =
                (Phase::Growing { passes: 0 }, self.max_pages, 0);
        } else if tries == 0 {
            // A long reader, such as a backup: later again.
            (self.phase, self.due) = (Phase::Growing { passes: 0 }, log.pages + self.max_pages / 4);
        } else {
            self.finish(connection, tries - 1)?;
        }
        Ok(())
    }
}
