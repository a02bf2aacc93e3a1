//! Moving the log into the database, off the writer's path.
//!
//! `SQLite`'s own automatic checkpoints run inside some unlucky commit, and flush the whole database file there: 100 ms and
//! more. Here a thread does most of it while the writer goes on, and flushes the file itself, so that the last short
//! step, which must happen between two commits for the log to start anew, finds little left to write and to flush.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use selfsame_items::StoreError;

use crate::{Options, failure, files, schema};

/// The bytes of a page's header in the log (`SQLite`, "WAL-mode File Format").
const FRAME_HEADER_BYTES: u64 = 24;
/// Each pass leaves what was written during it; after this many the rest is small.
const PASSES: usize = 4;
/// Moves what can be moved without waiting for anyone.
const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// Moves nothing and only tells.
const LOOK: &str = "PRAGMA wal_checkpoint(NOOP)";
/// A rest of this many pages is left to the writer.
const SMALL: u64 = 500;
/// How often the writer tries the last step before it lets the log grow on: a reader can be in the way each time.
const TRIES: u32 = 50;

/// The background thread. Dropping it waits for a checkpoint that is under way.
pub(crate) struct Checkpointer {
    asked: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    idle: Arc<AtomicBool>,
    most: u64,
}

impl Checkpointer {
    pub(crate) fn start(path: &Path, options: Options) -> Result<Self, StoreError> {
        let connection = schema::connect(path, options)?;
        let page = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0));
        let page = u64::from(page.map_err(|error| failure::read(&error))?);
        let file = files::handle_for_ever(path)?;
        let (asked, asking) = sync_channel(1);
        let idle = Arc::new(AtomicBool::new(true));
        let told = Arc::clone(&idle);
        let run = move || tend(&connection, &file, &asking, &told);
        let thread = std::thread::Builder::new().name("sqlite-checkpoint".into()).spawn(run);
        let thread = thread.map_err(|error| failure::io(&error))?;
        Ok(Self {
            asked: Some(asked),
            thread: Some(thread),
            idle,
            most: options.log_bytes / (page + FRAME_HEADER_BYTES),
        })
    }

    /// The writer's part.
    pub(crate) fn handle(&self) -> LogWatch {
        LogWatch {
            asked: self.asked.clone(),
            idle: Arc::clone(&self.idle),
            most: self.most,
            due: self.most,
            phase: Phase::Growing,
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.asked.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread died");
        }
    }
}

fn tend(connection: &Connection, file: &File, asking: &Receiver<()>, idle: &AtomicBool) {
    while asking.recv().is_ok() {
        if let Err(error) = move_most(connection, file) {
            tracing::warn!(%error, "a checkpoint failed; the log grows on");
        }
        idle.store(true, Ordering::Release);
    }
}

fn move_most(connection: &Connection, file: &File) -> Result<(), StoreError> {
    for _ in 0..PASSES {
        checkpoint(connection, MOVE).map_err(|error| failure::read(&error))?;
        // SQLite flushes only in the pass that reaches the end of the log; it does so again then, and relies on that.
        file.sync_data().map_err(|error| failure::io(&error))?;
        // The pass itself tells only how much of the log that it began with is left.
        let log = checkpoint(connection, LOOK).map_err(|error| failure::read(&error))?;
        if log.pages.saturating_sub(log.moved) < SMALL {
            break;
        }
    }
    Ok(())
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
    let pages = |row: &rusqlite::Row<'_>, n| row.get(n).map(|pages: i64| u64::try_from(pages).unwrap_or(0));
    statement.query_row([], |row| Ok(Log { pages: pages(row, 1)?, moved: pages(row, 2)? }))
}

/// Watches the log from the writer's thread.
pub(crate) struct LogWatch {
    asked: Option<SyncSender<()>>,
    idle: Arc<AtomicBool>,
    most: u64,
    due: u64,
    phase: Phase,
}

enum Phase {
    /// The log is short enough.
    Growing,
    /// The thread is moving it.
    Moving,
    /// The rest is to be moved between two commits, so that the next one starts the log anew.
    Ending { tries: u32, length: u64 },
}

impl LogWatch {
    /// To be called between two transactions.
    pub(crate) fn tend(&mut self, connection: &Connection) {
        if let Err(error) = self.step(connection) {
            tracing::warn!(%error, "a checkpoint failed; the log grows on");
            self.phase = Phase::Growing;
        }
    }

    fn step(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        match self.phase {
            Phase::Growing => self.grow(checkpoint(connection, LOOK)?.pages),
            Phase::Moving if self.idle.load(Ordering::Acquire) => {
                let log = checkpoint(connection, MOVE)?;
                self.phase = Phase::Ending { tries: TRIES, length: log.pages };
            }
            Phase::Moving => {}
            Phase::Ending { tries, length } => {
                self.end(checkpoint(connection, LOOK)?, connection, tries, length)?;
            }
        }
        Ok(())
    }

    fn grow(&mut self, pages: u64) {
        if pages < self.due {
            return;
        }
        self.idle.store(false, Ordering::Release);
        if self.asked.as_ref().is_some_and(|asked| asked.try_send(()).is_ok()) {
            self.phase = Phase::Moving;
        }
    }

    fn end(&mut self, log: Log, connection: &Connection, tries: u32, length: u64) -> rusqlite::Result<()> {
        if log.pages < length {
            (self.phase, self.due) = (Phase::Growing, self.most);
        } else if tries == 0 {
            // A long reader, such as a backup: later again.
            (self.phase, self.due) = (Phase::Growing, log.pages + self.most / 4);
        } else {
            let log = checkpoint(connection, MOVE)?;
            self.phase = Phase::Ending { tries: tries - 1, length: log.pages };
        }
        Ok(())
    }
}
