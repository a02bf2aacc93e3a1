//! Signals that are not written yet.
//!
//! They are written after the answers, so that no answer's time reveals whether there was something
//! to write, and so whether there is an account. A crash loses the last signals of the node.

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

/// How long signals wait.
const PAUSE: Duration = Duration::from_secs(1);
/// Signals that wait at once; further ones are dropped, so that a flood does not use up the memory.
const MOST: usize = 10_000;

/// A signal of a request.
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

/// The pending signals about users.
pub struct SignalWriter {
    journal: Arc<Journal>,
    waiting: WriteBehind<u64, Waiting>,
    /// The key of the next signal.
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

    /// Queues a signal. Never waits for anything slow.
    pub(crate) fn note(&self, user: UserId, origin: Origin, signal: SecuritySignal) {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        self.waiting.push(key, Waiting { user, origin, signal });
    }

    /// Writes the queued signals. Failed ones stay queued.
    pub async fn write(&self) -> Result<(), StoreError> {
        self.waiting.flush(|_, waiting| self.write_one(waiting)).await
    }

    async fn write_one(&self, waiting: Waiting) -> Result<(), StoreError> {
        let Waiting { user, origin, signal } = waiting;
        let decide = |loaded: &Loaded| decide(loaded, &user, &signal);
        match self.journal.change(&user, &[], &origin, decide).await {
            // Dropped: an unreadable record of one user must not block the signals of others.
            Err(error @ (StoreError::Corrupt(_) | StoreError::Newer(_))) => {
                tracing::error!(%error, "what was noticed about an account is dropped");
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Writes the queued signals every second until `stop` turns true, and once more then.
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

/// Nothing is written about a missing or pending user.
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
