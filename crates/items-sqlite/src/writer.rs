//! The one thread that writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use rusqlite::{Connection, OptionalExtension as _, Statement, params};
use selfsame_basics::{Clock, Timestamp};
use selfsame_items::{
    Action, Commit, CommitToken, Guard, Key, RecentTokens, Revision, Stats, StoreError, Write,
};
use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::LogWatch;
use crate::{Options, failure};

/// No more than this many bytes of bodies in one transaction, beyond the first commit: the log is written at once.
const BATCH_BYTES: usize = 8 << 20;

/// What the writer is asked to do.
pub(crate) enum Work {
    Commit(Commit),
    /// Removes at most `limit` expired items.
    Sweep {
        limit: u32,
    },
}

/// How many items were removed by a sweep; no meaning for a commit.
type Done = Result<usize, StoreError>;

struct Job {
    work: Work,
    answer: oneshot::Sender<Done>,
}

#[derive(Default)]
struct Counters {
    commits: AtomicU64,
    conflicts: AtomicU64,
    flushes: AtomicU64,
}

/// The way to the thread. Dropping it waits until what was asked is done.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        log: LogWatch,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel(options.queue);
        let counters = Arc::new(Counters::default());
        let counted = Arc::clone(&counters);
        let (started, ready) = std::sync::mpsc::channel();
        let run = move || match Session::new(&connection, log, counted) {
            Ok(session) => {
                // The receiver waits below.
                let _heard = started.send(Ok(()));
                session.run(waiting, clock.as_ref(), options.batch);
            }
            Err(error) => {
                let _heard = started.send(Err(failure::read(&error)));
            }
        };
        let thread = std::thread::Builder::new().name("sqlite-writer".into()).spawn(run);
        let thread = thread.map_err(|error| failure::io(&error))?;
        ready.recv().unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), counters })
    }

    /// Does `work` durably.
    pub(crate) async fn perform(&self, work: Work) -> Done {
        let (answer, heard) = oneshot::channel();
        let stopped = || StoreError::Unavailable("the writer has stopped".into());
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Job { work, answer }).await.map_err(|_| stopped())?;
        heard.await.unwrap_or_else(|_| Err(StoreError::Unknown("the writer died".into())))
    }

    pub(crate) fn stats(&self) -> Stats {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { commits, conflicts, flushes } = &*self.counters;
        Stats { bytes: 0, commits: count(commits), conflicts: count(conflicts), flushes: count(flushes) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer died");
        }
    }
}

/// Takes a job, and all that wait behind it up to `most` and about [`BATCH_BYTES`]; `None` when there will be no more.
fn drain(jobs: &mut mpsc::Receiver<Job>, most: usize) -> Option<Vec<Job>> {
    let first = jobs.blocking_recv()?;
    let mut bytes = size(&first);
    let mut batch = vec![first];
    while batch.len() < most && bytes < BATCH_BYTES {
        let Ok(job) = jobs.try_recv() else { break };
        bytes += size(&job);
        batch.push(job);
    }
    Some(batch)
}

fn size(job: &Job) -> usize {
    match &job.work {
        Work::Commit(commit) => commit.writes.iter().map(|write| write.action.size()).sum(),
        Work::Sweep { .. } => 0,
    }
}

/// The thread's state: the connection, its statements, and the tokens of what it has done.
struct Session<'c> {
    connection: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    find: Statement<'c>,
    put: Statement<'c>,
    delete: Statement<'c>,
    sweep: Statement<'c>,
    tokens: RecentTokens,
    log: LogWatch,
    counters: Arc<Counters>,
}

impl<'c> Session<'c> {
    fn new(connection: &'c Connection, log: LogWatch, counters: Arc<Counters>) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            find: connection.prepare(
                "SELECT revision FROM items
                 WHERE partition = ?1 AND sort = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
            )?,
            put: connection.prepare(
                "REPLACE INTO items (partition, sort, revision, expires_at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            delete: connection.prepare("DELETE FROM items WHERE partition = ?1 AND sort = ?2")?,
            sweep: connection.prepare(
                "DELETE FROM items WHERE (partition, sort) IN
                 (SELECT partition, sort FROM items WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
            )?,
            tokens: RecentTokens::default(),
            log,
            counters,
        })
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>, clock: &dyn Clock, most: usize) {
        while let Some(batch) = drain(&mut jobs, most) {
            let outcome = self.transaction(&batch, clock.now());
            for (n, job) in batch.into_iter().enumerate() {
                let done = match &outcome {
                    Ok(results) => results.get(n).cloned().unwrap_or(Ok(0)),
                    Err(error) => Err(error.clone()),
                };
                // Whoever asked may have gone.
                let _gone = job.answer.send(done);
            }
            self.log.tend(self.connection);
        }
    }

    /// Does all of `batch` in one transaction. The inner results are each job's own; an error says that none is done.
    fn transaction(&mut self, batch: &[Job], now: Timestamp) -> Result<Vec<Done>, StoreError> {
        self.begin.raw_execute().map_err(|error| failure::read(&error))?;
        let mut done = Vec::with_capacity(batch.len());
        let mut tokens = Vec::with_capacity(batch.len());
        for job in batch {
            let result = self.perform(&job.work, &mut tokens, now);
            done.push(result.map_err(|error| self.undo(failure::read(&error)))?);
        }
        self.commit.raw_execute().map_err(|error| self.undo(failure::commit(&error)))?;
        self.counters.flushes.fetch_add(1, Ordering::Relaxed);
        self.counters.commits.fetch_add(tokens.len() as u64, Ordering::Relaxed);
        for token in tokens {
            self.tokens.insert(token);
        }
        Ok(done)
    }

    /// Ends a failed transaction, where `SQLite` hasn't done so itself.
    fn undo(&self, failed: StoreError) -> StoreError {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction can't be ended");
        }
        tracing::warn!(error = %failed, "a batch of commits failed");
        failed
    }

    fn perform(
        &mut self,
        work: &Work,
        tokens: &mut Vec<CommitToken>,
        now: Timestamp,
    ) -> rusqlite::Result<Done> {
        match work {
            Work::Commit(commit) => self.make(commit, tokens, now),
            Work::Sweep { limit } => self.sweep.execute(params![now.millis(), limit]).map(Ok),
        }
    }

    /// All guards first, so that a commit that fails has written nothing that others' writes would have to be kept from.
    fn make(
        &mut self,
        commit: &Commit,
        tokens: &mut Vec<CommitToken>,
        now: Timestamp,
    ) -> rusqlite::Result<Done> {
        if self.tokens.contains(commit.token) || tokens.contains(&commit.token) {
            return Ok(Ok(0));
        }
        for Write { key, guard, .. } in &commit.writes {
            if *guard != Guard::Any && !guard.holds(self.revision(key, now)?) {
                self.counters.conflicts.fetch_add(1, Ordering::Relaxed);
                return Ok(Err(StoreError::Conflict(key.clone())));
            }
        }
        for write in &commit.writes {
            self.write(write, commit.token.revision())?;
        }
        tokens.push(commit.token);
        Ok(Ok(0))
    }

    fn revision(&mut self, key: &Key, now: Timestamp) -> rusqlite::Result<Option<Revision>> {
        let found = self.find.query_row(params![key.partition, key.sort, now.millis()], |row| row.get(0));
        Ok(found.optional()?.map(|number: i64| Revision::from_number(number.cast_unsigned())))
    }

    fn write(&mut self, Write { key, action, .. }: &Write, revision: Revision) -> rusqlite::Result<()> {
        match action {
            Action::Put { body, expires_at } => {
                let expires_at = expires_at.map(Timestamp::millis);
                let revision = revision.number().cast_signed();
                self.put.execute(params![key.partition, key.sort, revision, expires_at, &body[..]])?;
            }
            Action::Delete => {
                self.delete.execute(params![key.partition, key.sort])?;
            }
            Action::Check => {}
        }
        Ok(())
    }
}
