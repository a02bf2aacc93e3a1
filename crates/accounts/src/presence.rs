//! When users were last seen: noted in memory while they are served, written later, and seldom.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use selfsame_basics::{Timestamp, UserId};
use selfsame_events::supervision::idle;
use selfsame_events::{Changes, Head, Journal, Loaded, Origin};
use selfsame_items::StoreError;
use tokio::sync::watch;

use crate::person::Person;
use crate::records::Presence;

/// A user's presence is written at most this often.
const EVERY: Duration = Duration::from_mins(5);
/// How long what was noted waits to be written.
const PAUSE: Duration = Duration::from_secs(5);
/// Users that wait to be written; further ones are noted at their next request.
const MOST: usize = 10_000;

/// Users who were seen and not yet written.
pub struct Sightings {
    journal: Arc<Journal>,
    waiting: Mutex<HashMap<UserId, Timestamp>>,
}

impl fmt::Debug for Sightings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sightings")
    }
}

impl Sightings {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        Self { journal, waiting: Mutex::default() }
    }

    /// Notes that `person` was seen, unless that is written down already. Never waits for anything
    /// slow.
    pub(crate) fn note(&self, person: &Person, now: Timestamp) {
        if is_news(&person.presence, now) {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() < MOST {
                waiting.entry(person.user_id.clone()).or_insert(now);
            }
        }
    }

    /// Writes down what was noted.
    pub async fn write(&self) -> Result<(), StoreError> {
        let seen =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let mut outcome = Ok(());
        // One whose records can't be read keeps nobody else's from being written.
        for (user, at) in seen {
            let decide = |loaded: &Loaded| decide(loaded, &user, at);
            let keys = [Presence::key(&user)];
            outcome =
                outcome.and(self.journal.change(&user, &keys, &Origin::default(), decide).await);
        }
        outcome
    }

    /// Writes down what is noted, every few seconds until `stop` turns true, and a last time then.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let wait = async {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    _ = stop.changed() => {}
                }
            };
            idle(wait).await;
            if let Err(error) = self.write().await {
                tracing::warn!(%error, "when users were last seen could not be written");
            }
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
    if !loaded.has(&Head::key(user)) || !is_news(&presence, at) {
        return Ok((Changes::none(), ()));
    }
    Ok((Changes::none().put(key, &Presence { last_active_at: Some(at) }), ()))
}
