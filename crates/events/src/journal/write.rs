//! Committing what was decided, and calling the observers.

use std::sync::Arc;

use selfsame_store::{Action, Commit, CommitToken, StoreError, Write};

use super::{ATTEMPTS, Journal};
use crate::changes::PendingEvent;
use crate::outbox;
use crate::request_note::RequestNote;
use crate::run_to_completion::run_to_completion;

/// How often a commit is tried whose outcome is unknown. Its token stays the same, so the store
/// recognizes a commit that has happened.
const UNKNOWN_ATTEMPTS: usize = 5;

impl Journal {
    /// Commits `writes` and calls the commit observers; for maintenance that has no subject and
    /// emits no event.
    pub async fn commit(self: &Arc<Self>, writes: Vec<Write>) -> Result<(), StoreError> {
        run_to_completion(Arc::clone(self).commit_and_notify(writes, None, (), None)).await.0
    }

    /// Commits `writes`, which are what a request asks for and concern no user, together with the
    /// request's [`RequestNote`]. Before a caller decides again after a conflict it must ask
    /// [`RequestNote::lost_at`].
    pub async fn commit_for_request(
        self: &Arc<Self>,
        writes: Vec<Write>,
    ) -> Result<(), StoreError> {
        run_to_completion(Arc::clone(self).commit_and_notify(
            writes,
            None,
            (),
            RequestNote::pending(),
        ))
        .await
        .0
    }

    /// Commits `writes`, and calls the observers before `lock` is released for the user's next
    /// change. `events` is `Some` for every change, even one without events, and `None` for
    /// maintenance.
    pub(super) async fn commit_and_notify<T>(
        self: Arc<Self>,
        writes: Vec<Write>,
        events: Option<Vec<PendingEvent>>,
        lock: T,
        note: Option<Arc<RequestNote>>,
    ) -> (Result<(), StoreError>, T) {
        let (commit, outcome) = match note {
            None => self.write_without_note(writes).await,
            Some(note) => self.write_with_note(writes, &note).await,
        };
        if let (Ok(()), Some(events)) = (&outcome, events) {
            commit
                .writes
                .iter()
                .for_each(|write| self.read_cache.insert(write, commit.token.revision()));
            self.notify_event_observers(&events);
        }
        (outcome, lock)
    }

    async fn write_without_note(&self, writes: Vec<Write>) -> (Commit, Result<(), StoreError>) {
        let commit = Commit { token: CommitToken::generate(&*self.random), writes };
        let outcome = self.write(&commit).await;
        (commit, outcome)
    }

    /// Commits `writes` together with `note`, or without it where another commit of the request has
    /// written it meanwhile. A lost claim commits nothing, even if an earlier commit found the
    /// loss: that is [`StoreError::Conflict`] at the key of the note, and nothing else is.
    async fn write_with_note(
        &self,
        writes: Vec<Write>,
        note: &RequestNote,
    ) -> (Commit, Result<(), StoreError>) {
        let mut commit = Commit { token: CommitToken::generate(&*self.random), writes };
        for _ in 0..ATTEMPTS {
            let note_write = match note.write() {
                Ok(Some(note_write)) => note_write,
                Ok(None) => return self.write_without_note(commit.writes).await,
                Err(lost) => return (commit, Err(lost)),
            };
            commit.token = CommitToken::generate(&*self.random);
            commit.writes.push(note_write);
            let outcome = self.write(&commit).await;
            commit.writes.pop();
            let key = match outcome {
                Ok(()) => {
                    note.is_written_by(commit.token);
                    return (commit, outcome);
                }
                Err(StoreError::Conflict(key)) => key,
                Err(_) => return (commit, outcome),
            };
            match note.is_lost(&*self.store, &key).await {
                Ok(false) if key == *note.key() => {}
                Ok(_) => return (commit, Err(StoreError::Conflict(key))),
                Err(error) => return (commit, Err(error)),
            }
        }
        let reason = format!("{ATTEMPTS} commits in a row came too late at {}", note.key());
        (commit, Err(StoreError::Unavailable(reason)))
    }

    async fn write(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut outcome = self.store.commit(commit.clone()).await;
        for _ in 1..UNKNOWN_ATTEMPTS {
            if !matches!(outcome, Err(StoreError::Unknown(_))) {
                break;
            }
            outcome = self.store.commit(commit.clone()).await;
        }
        // Whatever the outcome, cached copies may be stale now.
        for write in commit.writes.iter().filter(|write| !matches!(write.action, Action::Check)) {
            self.commit_observers.iter().for_each(|observer| observer(write, outcome.is_ok()));
        }
        if let Some(shards) = outbox::added(&commit.writes) {
            self.outbox_notifier.notify(shards);
        }
        outcome
    }
}
