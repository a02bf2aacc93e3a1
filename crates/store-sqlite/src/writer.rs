//! The one thread that writes.

mod found;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, OptionalExtension as _, Statement, params};
use selfsame_primitives::{Clock, Timestamp};
use selfsame_store::{
    Action, Commit, CommitToken, Guard, Heard, Key, RecentTokens, Revision, Stats, StoreError,
    Write,
};
use tokio::sync::{mpsc, oneshot};

use self::found::Found;
use crate::checkpoint::LogWatch;
use crate::failure::Failures;
use crate::others::{CommitPoller, Listeners, Watch};
use crate::{Options, thread};

/// The most bytes of bodies in one transaction, beyond the first commit: `SQLite` writes the whole
/// transaction to the log at once.
const BATCH_BYTES: usize = 8 << 20;

/// A request to the writer.
pub(crate) enum Work {
    Commit(Commit),
    /// One step of removing what expired at `before` or earlier: at least [`SWEEP_STEP`] items,
    /// where there are so many.
    Sweep {
        before: Timestamp,
        is_first: bool,
    },
    /// Looks whether another process has committed.
    CheckOthers,
}

/// Items that a sweep removes in one step, so that no commit waits long for it. Each step but the
/// first also removes as many as were put to expire since the one before: the backlog never grows
/// during a sweep, and a step costs commits no more than they cost it (docs/decisions/0037).
pub(crate) const SWEEP_STEP: usize = 200;

/// How many items were removed by a sweep; no meaning for anything else.
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

/// The handle of the thread. Dropping it waits until all queued work is done.
pub(crate) struct Writer {
    // Before the other way to the thread, since it has one too.
    poller: Mutex<Option<CommitPoller>>,
    listeners: Listeners,
    failures: Failures,
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
        failures: &Failures,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(options.queue);
        let counters = Arc::new(Counters::default());
        let thread_counters = Arc::clone(&counters);
        let listeners = Listeners::default();
        let thread_listeners = listeners.clone();
        let (started, ready) = std::sync::mpsc::channel();
        let thread_failures = failures.clone();
        let run = move || match Session::new(
            &connection,
            log,
            thread_counters,
            thread_listeners,
            &thread_failures,
        ) {
            Ok(session) => {
                // The receiver waits below.
                let _sent = started.send(Ok(()));
                session.run(queue, clock.as_ref(), options.batch);
            }
            Err(error) => {
                let _sent = started.send(Err(thread_failures.read(&error)));
            }
        };
        let thread = thread::spawn("sqlite-writer", failures, run)?;
        ready.recv().unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))?;
        let (poller, failures) = (Mutex::default(), failures.clone());
        Ok(Self { poller, listeners, failures, jobs: Some(jobs), thread: Some(thread), counters })
    }

    /// Has `heard` be called when another process has committed.
    pub(crate) fn watch(&self, heard: Heard) {
        self.listeners.add(heard);
        let mut poller = self.poller.lock().unwrap_or_else(PoisonError::into_inner);
        if poller.is_none()
            && let Some(jobs) = self.jobs.clone()
        {
            // Where the queue is full, the writer checks for other processes before each of its
            // batches anyway. The answer is not needed.
            let poll = move || {
                drop(jobs.try_send(Job { work: Work::CheckOthers, answer: oneshot::channel().0 }));
            };
            match CommitPoller::start(&self.failures, poll) {
                Ok(started) => *poller = Some(started),
                Err(error) => {
                    tracing::error!(%error, "others' commits are noticed only when something is written");
                }
            }
        }
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
        Stats {
            bytes: 0,
            free_bytes: 0,
            commits: count(commits),
            conflicts: count(conflicts),
            flushes: count(flushes),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.poller.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // One that died has ended the process.
            let _ended = thread.join();
        }
    }
}

/// Commits that share a flush.
#[derive(Default)]
struct Batch {
    answers: Vec<(oneshot::Sender<Done>, Done)>,
    tokens: Vec<CommitToken>,
    bytes: usize,
}

impl Batch {
    /// Takes in a job, to be answered at the end.
    fn admit(&mut self, job: Job) -> Work {
        if let Work::Commit(commit) = &job.work {
            self.bytes += commit.writes.iter().map(|write| write.action.size()).sum::<usize>();
        }
        self.answers.push((job.answer, Ok(0)));
        job.work
    }

    /// Sets the answer of the job that was admitted last.
    fn settle(&mut self, done: Done) {
        if let Some((_, answer)) = self.answers.last_mut() {
            *answer = done;
        }
    }

    fn has_room(&self, most: usize) -> bool {
        self.answers.len() < most && self.bytes < BATCH_BYTES
    }

    /// Tells each its own answer, or all that nothing was done.
    fn answer(self, outcome: &Result<(), StoreError>) {
        for (sender, done) in self.answers {
            // The caller may have been cancelled.
            let _cancelled = sender.send(outcome.clone().and(done));
        }
    }
}

/// The thread's state: the connection, its statements, and the tokens of what it has done.
struct Session<'c> {
    connection: &'c Connection,
    begin: Statement<'c>,
    commit: Statement<'c>,
    find: Statement<'c>,
    insert: Statement<'c>,
    update: Statement<'c>,
    delete: Statement<'c>,
    sweep: Statement<'c>,
    tokens: RecentTokens,
    log: LogWatch,
    counters: Arc<Counters>,
    failures: &'c Failures,
    others: Watch<'c>,
    /// Items that were put to expire since the last step of a sweep.
    expiring: usize,
}

impl<'c> Session<'c> {
    fn new(
        connection: &'c Connection,
        log: LogWatch,
        counters: Arc<Counters>,
        listeners: Listeners,
        failures: &'c Failures,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            find: connection
                .prepare("SELECT id, revision, expires_at FROM items WHERE partition = ?1 AND sort = ?2")?,
            insert: connection.prepare(
                "INSERT INTO items (partition, sort, revision, expires_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (partition, sort) DO UPDATE SET revision = ?3, expires_at = ?4, body = ?5",
            )?,
            update: connection
                .prepare("UPDATE items SET revision = ?2, expires_at = ?3, body = ?4 WHERE id = ?1")?,
            delete: connection.prepare("DELETE FROM items WHERE partition = ?1 AND sort = ?2")?,
            sweep: connection.prepare(
                "DELETE FROM items WHERE id IN
                 (SELECT id FROM items WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
            )?,
            tokens: RecentTokens::default(),
            log,
            counters,
            failures,
            others: Watch::new(connection, listeners)?,
            expiring: 0,
        })
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>, clock: &dyn Clock, most: usize) {
        while let Some(first) = jobs.blocking_recv() {
            if matches!(first.work, Work::CheckOthers) {
                if let Err(error) = self.others.check() {
                    let error = self.failures.read(&error);
                    tracing::warn!(%error, "it can't be told whether another process has committed");
                }
                continue;
            }
            let mut batch = Batch::default();
            let outcome = self.transaction(&mut batch, first, &mut jobs, clock.now(), most);
            batch.answer(&outcome);
            self.log.tend(self.connection);
            if self.failures.ended() {
                return;
            }
        }
    }

    /// Does `first` and all that is queued, or arrives meanwhile, in one transaction. An error
    /// means that none of it is done.
    fn transaction(
        &mut self,
        batch: &mut Batch,
        first: Job,
        jobs: &mut mpsc::Receiver<Job>,
        now: Timestamp,
        most: usize,
    ) -> Result<(), StoreError> {
        let mut work = batch.admit(first);
        self.begin.raw_execute().map_err(|error| self.failures.read(&error))?;
        self.others.check().map_err(|error| self.undo(self.failures.read(&error)))?;
        loop {
            let done = self.perform(&work, &mut batch.tokens, now);
            batch.settle(done.map_err(|error| self.undo(self.failures.read(&error)))?);
            let Some(next) = batch.has_room(most).then(|| jobs.try_recv().ok()).flatten() else {
                break;
            };
            work = batch.admit(next);
        }
        self.commit.raw_execute().map_err(|error| self.undo(self.failures.commit(&error)))?;
        self.counters.flushes.fetch_add(1, Ordering::Relaxed);
        self.counters.commits.fetch_add(batch.tokens.len() as u64, Ordering::Relaxed);
        for token in batch.tokens.drain(..) {
            self.tokens.insert(token);
        }
        Ok(())
    }

    /// Ends a failed transaction, where `SQLite` hasn't done so itself.
    fn undo(&self, failed: StoreError) -> StoreError {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            // No later transaction can begin.
            self.failures.end(&format!("can't end a failed transaction: {error}"));
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
            Work::Commit(commit) => self.apply(commit, tokens, now),
            Work::Sweep { before, is_first } => {
                let put = std::mem::take(&mut self.expiring);
                let step = SWEEP_STEP + if *is_first { 0 } else { put };
                let step = i64::try_from(step).unwrap_or(i64::MAX);
                self.sweep.execute(params![now.min(*before).millis(), step]).map(Ok)
            }
            Work::CheckOthers => Ok(Ok(0)),
        }
    }

    /// Checks all guards first, so that a commit that fails has written nothing that would have to
    /// be undone. With one writer no other commit comes between check and write, so no savepoints
    /// are needed (docs/decisions/0008).
    fn apply(
        &mut self,
        commit: &Commit,
        tokens: &mut Vec<CommitToken>,
        now: Timestamp,
    ) -> rusqlite::Result<Done> {
        if self.tokens.contains(commit.token) || tokens.contains(&commit.token) {
            return Ok(Ok(0));
        }
        let mut row_ids = Vec::with_capacity(commit.writes.len());
        for Write { key, guard, .. } in &commit.writes {
            let found = if *guard == Guard::Any { None } else { self.find(key)? };
            if !guard.holds(found.filter(|row| row.is_alive(now)).map(|row| row.revision)) {
                self.counters.conflicts.fetch_add(1, Ordering::Relaxed);
                return Ok(Err(StoreError::Conflict(key.clone())));
            }
            row_ids.push(found.map(|row| row.id));
        }
        for (write, row_id) in commit.writes.iter().zip(row_ids) {
            self.write(write, row_id, commit.token.revision())?;
        }
        tokens.push(commit.token);
        Ok(Ok(0))
    }

    fn find(&mut self, key: &Key) -> rusqlite::Result<Option<Found>> {
        let found = self.find.query_row([&key.partition, &key.sort], |row| {
            let revision = Revision::from_number(row.get::<_, i64>(1)?.cast_unsigned());
            Ok(Found { id: row.get(0)?, revision, expires_at: row.get(2)? })
        });
        found.optional()
    }

    fn write(
        &mut self,
        write: &Write,
        row_id: Option<i64>,
        revision: Revision,
    ) -> rusqlite::Result<()> {
        let Key { partition, sort } = &write.key;
        let _rows = match &write.action {
            Action::Put { body, expires_at } => {
                self.expiring += usize::from(expires_at.is_some());
                let (revision, end) =
                    (revision.number().cast_signed(), expires_at.map(Timestamp::millis));
                match row_id {
                    Some(id) => self.update.execute(params![id, revision, end, &body[..]])?,
                    None => {
                        self.insert.execute(params![partition, sort, revision, end, &body[..]])?
                    }
                }
            }
            Action::Delete => self.delete.execute([partition, sort])?,
            Action::Check => 0,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests;
