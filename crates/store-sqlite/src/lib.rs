//! The embedded store: `SQLite` in one file, with many callers' commits in one flush
//! (docs/decisions/0008).
//!
//! - **Writing.** One thread writes. It takes all queued commits, checks each one's guards inside
//!   one SQL transaction, writes what may be written, flushes once, and then answers all callers.
//!   So the disk's flush rate bounds batches, not commits.
//! - **Reading** happens on the caller's thread, on a connection of its own: a point read from the
//!   page cache takes less time than handing it to another thread, and with write-ahead logging
//!   readers don't wait for the writer.
//! - **Checkpoints** (moving the log into the database) happen in the background: inside a commit
//!   they would dominate its tail latency.
//!
//! Several processes may have the same file open: every guard is checked inside `BEGIN IMMEDIATE`,
//! which excludes other writers, so a command line tool can change what a running server serves.
//! Only the memory of recent commit tokens is each process's own, which is enough: a commit is
//! retried by the process that made it. The file must lie on a local disk, since `SQLite`'s shared
//! memory and locks don't work over a network.
//!
//! A flush that fails, a disk that can't be read and a thread that dies end the process
//! ([`Fatal`]): the next start reads the log again. So does a database file that was moved or
//! replaced while it was open: what is written to it then is lost. A write without room is refused,
//! and reads go on.

mod check;
mod checkpoint;
mod compact;
mod failure;
mod files;
mod index;
mod options;
mod others;
mod reader;
mod schema;
mod thread;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
pub use check::{check, check_copy};
pub use compact::compact;
pub use options::Options;
use selfsame_primitives::{Clock, Fatal, Timestamp};
use selfsame_store::limits::{check_commit, check_key, check_keys, check_query};
use selfsame_store::{
    Commit, Heard, Item, Key, Maintenance, Page, Query, ScanPage, Stats, Store, StoreError,
};

use crate::checkpoint::Checkpointer;
use crate::failure::Failures;
use crate::reader::Readers;
use crate::writer::{SWEEP_STEP, Work, Writer};

/// A store in one `SQLite` file.
pub struct SqliteStore {
    // They are dropped in this order: the writer may still request a checkpoint.
    writer: Writer,
    _checkpointer: Checkpointer,
    readers: Arc<Readers>,
    clock: Arc<dyn Clock>,
    path: PathBuf,
    // Last, so that it is held until all connections are closed.
    closing: Option<File>,
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.closing = files::turn(&self.path).ok();
    }
}

impl SqliteStore {
    /// Opens the database at `path`; makes it (readable by its owner alone), and its directory,
    /// where there is none. Where the disk fails later, or a thread dies, `fatal` ends the process.
    ///
    /// Fails with [`StoreError::Unavailable`] where the file can't be opened, and with
    /// [`StoreError::Corrupt`] where it is not a database of this program or one of a later
    /// version.
    pub fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        options: Options,
        fatal: Fatal,
    ) -> Result<Self, StoreError> {
        let failures = Failures::new(path, fatal);
        let _turn = files::turn(path)?;
        files::create_private(path)?;
        let file = files::handle_for_ever(path, &failures)?;
        let identity = files::identity(&file.metadata().map_err(|error| failure::io(&error))?);
        let connection = schema::connect(path, options, &failures)?;
        schema::prepare(&connection, &failures)?;
        // The log is there now, and SQLite takes no notice of a directory that can't be flushed.
        files::sync_directory(path).map_err(|error| failures.flush(&error))?;
        let checkpointer = Checkpointer::start(path, options, file, &failures)?;
        let log = checkpointer.handle(&failures);
        let writer = Writer::start(connection, log, Arc::clone(&clock), options, &failures)?;
        let readers = Arc::new(Readers::new(path, identity, options, failures));
        Ok(Self {
            writer,
            _checkpointer: checkpointer,
            readers,
            clock,
            path: path.to_owned(),
            closing: None,
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        check_key(key)?;
        self.readers.with(|connection| reader::get(connection, key, self.clock.now()))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        check_keys(keys)?;
        self.readers.with(|connection| reader::get_many(connection, keys, self.clock.now()))
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        check_query(query)?;
        self.readers.with(|connection| reader::query(connection, query, self.clock.now()))
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        check_commit(&commit)?;
        self.writer.perform(Work::Commit(commit)).await.map(|_| ())
    }
}

#[async_trait]
impl Maintenance for SqliteStore {
    async fn scan(
        &self,
        partition_prefix: &str,
        after: Option<&Key>,
    ) -> Result<ScanPage, StoreError> {
        let (readers, now) = (Arc::clone(&self.readers), self.clock.now());
        let (prefix, after) = (partition_prefix.to_owned(), after.cloned());
        off_thread(move || {
            readers.with(|connection| reader::scan(connection, &prefix, after.as_ref(), now))
        })
        .await
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut removed = 0;
        loop {
            let found = self.writer.perform(Work::Sweep { before, is_first: removed == 0 }).await?;
            removed += found;
            if found < SWEEP_STEP {
                return Ok(removed);
            }
        }
    }

    fn watch(&self, heard: Heard) {
        self.writer.watch(heard);
    }

    async fn backup(&self, path: &Path) -> Result<(), StoreError> {
        let (readers, path) = (Arc::clone(&self.readers), path.to_owned());
        off_thread(move || files::write_whole(&path, |partial| readers.copy_to(partial))).await
    }

    async fn check_place(&self) -> Result<(), StoreError> {
        self.readers.check_place()
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        // Called every few seconds, so a replaced file is noticed even if readiness is never
        // checked.
        self.readers.check_place()?;
        let bytes = files::size(&self.path) + files::size(&files::log_of(&self.path));
        let free_bytes = self.readers.with(reader::free_bytes)?;
        Ok(Stats { bytes, free_bytes, ..self.writer.stats() })
    }
}

/// For what takes longer than a request may hold its thread.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}
