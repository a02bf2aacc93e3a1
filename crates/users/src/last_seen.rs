//! When users were last seen: recorded in memory while requests are served, written later, and
//! seldom.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{Changes, Head, Journal, Loaded, Origin};
use selfsame_platform::{FailedWrite, NextStep, WriteBehind, run_until};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::StoreError;
use tokio::sync::watch;

use crate::records::Presence;
use crate::user_cache::UserSnapshot;

/// A user's presence is written at most this often.
const EVERY: Duration = Duration::from_mins(5);
/// How often recorded times are written.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// The most users with a time to be written; further ones are recorded at their next request.
const CAPACITY: usize = 10_000;

/// Writes when users were last seen.
pub struct LastSeenWriter {
    journal: Arc<Journal>,
    pending: WriteBehind<UserId, Timestamp>,
}

impl fmt::Debug for LastSeenWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LastSeenWriter")
    }
}

impl LastSeenWriter {
    /// A writer that commits by `journal`.
    #[must_use]
    pub fn new(journal: Arc<Journal>) -> Self {
        // A user whose records are unreadable must not block the writes of others, and is recorded
        // again at the next request.
        Self { journal, pending: WriteBehind::new(CAPACITY, FailedWrite::Drop) }
    }

    /// Records that the user of `snapshot` was seen, unless the stored time is recent. Never waits
    /// for I/O.
    pub fn mark_seen(&self, snapshot: &UserSnapshot, now: Timestamp) {
        if is_due(&snapshot.presence, now) {
            self.pending.push(snapshot.user_id.clone(), now);
        }
    }

    /// Writes what was recorded.
    pub async fn write(&self) -> Result<(), StoreError> {
        self.pending.flush(|user, at| self.write_one(user, at)).await
    }

    async fn write_one(&self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        let decide = |loaded: &Loaded| decide(loaded, &user, at);
        self.journal.change(&user, &[Presence::key(&user)], &Origin::default(), decide).await
    }

    /// Writes what is recorded, every few seconds until `stop` turns true, and a last time then.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        run_until(stop, FLUSH_EVERY, None, || async {
            self.write_logged().await;
            NextStep::Wait
        })
        .await;
        self.write_logged().await;
    }

    async fn write_logged(&self) {
        if let Err(error) = self.write().await {
            tracing::warn!(%error, "when users were last seen could not be written");
        }
    }
}

fn is_due(presence: &Presence, now: Timestamp) -> bool {
    presence.last_active_at.is_none_or(|last| now.age_of(last) >= EVERY)
}

/// Writes nothing about a user who is gone.
fn decide(loaded: &Loaded, user: &UserId, at: Timestamp) -> Result<(Changes, ()), StoreError> {
    let key = Presence::key(user);
    let presence = loaded.get::<Presence>(&key)?.unwrap_or_default();
    if !loaded.has(&Head::key(user))? || !is_due(&presence, at) {
        return Ok((Changes::none(), ()));
    }
    Ok((Changes::none().put(key, &Presence { last_active_at: Some(at) }), ()))
}
