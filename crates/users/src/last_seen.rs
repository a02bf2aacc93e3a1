//! When users were last seen: noted in memory while they are served, written later, and seldom.

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
/// How long what was noted waits to be written.
const PAUSE: Duration = Duration::from_secs(5);
/// Users that wait to be written; further ones are noted at their next request.
const MOST: usize = 10_000;

/// Users who were seen and not yet written.
pub struct LastSeenWriter {
    journal: Arc<Journal>,
    waiting: WriteBehind<UserId, Timestamp>,
}

impl fmt::Debug for LastSeenWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sightings")
    }
}

impl LastSeenWriter {
    /// Nothing noted yet; what is will be written by `journal`.
    #[must_use]
    pub fn new(journal: Arc<Journal>) -> Self {
        // One whose records can't be read keeps nobody else's from being written.
        Self { journal, waiting: WriteBehind::new(MOST, FailedWrite::Drop) }
    }

    /// Notes that `person` was seen, unless that is written down already. Never waits for anything
    /// slow.
    pub fn mark_seen(&self, person: &UserSnapshot, now: Timestamp) {
        if is_news(&person.presence, now) {
            self.waiting.push(person.user_id.clone(), now);
        }
    }

    /// Writes down what was noted.
    pub async fn write(&self) -> Result<(), StoreError> {
        self.waiting.flush(|user, at| self.write_one(user, at)).await
    }

    async fn write_one(&self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        let decide = |loaded: &Loaded| decide(loaded, &user, at);
        self.journal.change(&user, &[Presence::key(&user)], &Origin::default(), decide).await
    }

    /// Writes down what is noted, every few seconds until `stop` turns true, and a last time then.
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
            tracing::warn!(%error, "when users were last seen could not be written");
        }
    }
}

fn is_news(presence: &Presence, now: Timestamp) -> bool {
    presence.last_active_at.is_none_or(|last| now.age_of(last) >= EVERY)
}

/// Nothing is written about a user who is gone.
fn decide(loaded: &Loaded, user: &UserId, at: Timestamp) -> Result<(Changes, ()), StoreError> {
    let key = Presence::key(user);
    let presence = loaded.get::<Presence>(&key)?.unwrap_or_default();
    if !loaded.has(&Head::key(user))? || !is_news(&presence, at) {
        return Ok((Changes::none(), ()));
    }
    Ok((Changes::none().put(key, &Presence { last_active_at: Some(at) }), ()))
}
