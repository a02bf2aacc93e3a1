//! Flushes the log while the writer goes on, and only then lets commits be answered.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use selfsame_items::StoreError;

use crate::writer::{Batch, Counters};
use crate::{failure, files};

/// The thread that flushes. Dropping it waits until all batches are answered.
pub(crate) struct Flusher {
    batches: Option<SyncSender<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Starts the thread for the log beside the database at `path`, which `connection` has open and so keeps in its place.
    pub(crate) fn start(
        path: &Path,
        connection: &Connection,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let log = open_log(path, connection)?;
        // Without room in between: one batch is flushed while one is executed, and what comes meanwhile shares the next.
        let (batches, executed) = sync_channel(0);
        let run = move || flush_all(&log, &executed, &counters);
        let thread = std::thread::Builder::new().name("sqlite-flush".into()).spawn(run);
        let thread = thread.map_err(|error| failure::io(&error))?;
        Ok(Self { batches: Some(batches), thread: Some(thread) })
    }

    /// Has `batch`, which is executed, flushed and answered; waits until the flush before it has ended.
    pub(crate) fn take(&self, batch: Batch) {
        let refused = match &self.batches {
            Some(batches) => batches.send(batch).err().map(|back| back.0),
            None => Some(batch),
        };
        if let Some(batch) = refused {
            batch.answer(&Err(StoreError::Unknown("the log is not flushed any more".into())));
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        drop(self.batches.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that flushes died");
        }
    }
}

/// Opens the log for flushing. `SQLite` makes it with the first read; POSIX locks lie on the other files, so closing this
/// handle drops none.
fn open_log(path: &Path, connection: &Connection) -> Result<File, StoreError> {
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(|error| failure::read(&error))?;
    OpenOptions::new().write(true).open(files::log_of(path)).map_err(|error| failure::io(&error))
}

fn flush_all(log: &File, executed: &Receiver<Batch>, counters: &Counters) {
    while let Ok(batch) = executed.recv() {
        if let Err(error) = log.sync_data() {
            // Readers have seen what may be lost now, and later commits build on it. Only a new start, from what the disk
            // really has, tells the truth again.
            tracing::error!(%error, "the log can't be flushed; the process ends so that nobody relies on what may be lost");
            std::process::abort();
        }
        counters.flushed();
        batch.answer(&Ok(()));
    }
}
