//! What requests have noticed and is not written yet.
//!
//! It is written after their answers, so that no answer's time tells whether there was something to
//! write: that is, whether there is such an account. What was noticed in the last moments of a node
//! that dies is lost, and counted anew by the others.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use selfsame_events::{Changes, Head, Journal, Loaded, Origin, Status};
use selfsame_platform::{FailedWrite, NextStep, WriteBehind, run_until};
use selfsame_primitives::UserId;
use selfsame_store::StoreError;
use tokio::sync::watch;

use crate::events::{CodeGuessing, MassProfileReads, SignInsRefused};

/// How long what was noticed waits to be written.
const PAUSE: Duration = Duration::from_secs(1);
/// What waits at the same time; more is dropped, so that no flood uses up the memory.
const MOST: usize = 10_000;

/// What a request has noticed.
#[derive(Clone, Debug)]
pub(crate) enum SecuritySignal {
    Refused(SignInsRefused),
    Guessed(CodeGuessing),
    Read(MassProfileReads),
}

impl SecuritySignal {
    fn emit(&self, changes: Changes) -> Changes {
        match self {
            Self::Refused(event) => changes.emit(event),
            Self::Guessed(event) => changes.emit(event),
            Self::Read(event) => changes.emit(event),
        }
    }
}

#[derive(Clone)]
struct Waiting {
    user: UserId,
    origin: Origin,
    signal: SecuritySignal,
}

/// What was noticed about users and is not written yet.
pub struct SignalWriter {
    journal: Arc<Journal>,
    waiting: WriteBehind<u64, Waiting>,
    /// The key of what is noticed next.
    next: AtomicU64,
}

impl fmt::Debug for SignalWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Noticings")
    }
}

impl SignalWriter {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        let waiting = WriteBehind::new(MOST, FailedWrite::Retry);
        Self { journal, waiting, next: AtomicU64::new(0) }
    }

    /// Has it written later. Never waits for anything slow.
    pub(crate) fn note(&self, user: UserId, origin: Origin, signal: SecuritySignal) {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        self.waiting.push(key, Waiting { user, origin, signal });
    }

    /// Writes what waits. What can't be written now waits on.
    pub async fn write(&self) -> Result<(), StoreError> {
        self.waiting.flush(|_, waiting| self.write_one(waiting)).await
    }

    async fn write_one(&self, waiting: Waiting) -> Result<(), StoreError> {
        let Waiting { user, origin, signal } = waiting;
        let decide = |loaded: &Loaded| decide(loaded, &user, &signal);
        match self.journal.change(&user, &[], &origin, decide).await {
            // What is written about others does not wait for somebody whose records can't be read.
            Err(error @ (StoreError::Corrupt(_) | StoreError::Newer(_))) => {
                tracing::error!(%error, "what was noticed about an account is dropped");
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Writes what waits, every second until `stop` turns true, and a last time then.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        run_until(stop, PAUSE, None, || async {
            self.write_logged().await;
            NextStep::Wait
        })
        .await;
        self.write_logged().await;
    }

    async fn write_logged(&self) {
        if let Err(error) = self.write().await {
            tracing::warn!(%error, "what was noticed about accounts could not be written");
        }
    }
}

/// Nothing is written about a user who is gone, or has not begun.
fn decide(
    loaded: &Loaded,
    user: &UserId,
    signal: &SecuritySignal,
) -> Result<(Changes, ()), StoreError> {
    let head = loaded.get::<Head>(&Head::key(user))?;
    if head.is_none_or(|head| head.status == Status::Pending) {
        return Ok((Changes::none(), ()));
    }
    Ok((signal.emit(Changes::none()), ()))
}
