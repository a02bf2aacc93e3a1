//! What was decided is committed, and whoever must hear of it is told.

use std::sync::Arc;

use selfsame_store::{Action, Commit, CommitToken, StoreError, Write};

use super::{ATTEMPTS, Journal};
use crate::changes::PendingEvent;
use crate::outbox;
use crate::request_note::RequestNote;
use crate::run_to_completion::run_to_completion;

/// How often a commit is tried whose outcome the store does not know.
const UNKNOWN_ATTEMPTS: usize = 5;

impl Journal {
    /// Commits `writes` and tells the observers; for housekeeping that has no subject and tells of
    /// nothing.
    pub async fn commit(self: &Arc<Self>, writes: Vec<Write>) -> Result<(), StoreError> {
        run_to_completion(Arc::clone(self).commit_and_notify(writes, None, (), None)).await.0
    }

    /// Commits `writes`, which are what a request asks for and concern no user, and tells the
    /// observers: a request that must be done once is noted as done with them. Whoever decides anew
    /// after a conflict asks [`RequestNote::lost_at`] first.
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

    /// Commits `writes`, and tells whoever must hear of them before the user's next `turn` comes. A
    /// change has `facts`, if only none; chores have not.
    pub(super) async fn commit_and_notify<T>(
        self: Arc<Self>,
        writes: Vec<Write>,
        facts: Option<Vec<PendingEvent>>,
        turn: T,
        note: Option<Arc<RequestNote>>,
    ) -> (Result<(), StoreError>, T) {
        let (commit, outcome) = match note {
            None => self.write_plain(writes).await,
            Some(note) => self.write_noted(writes, &note).await,
        };
        if let (Ok(()), Some(facts)) = (&outcome, facts) {
            commit.writes.iter().for_each(|write| self.recent.note(write, commit.token.revision()));
            self.notify_event_observers(&facts);
        }
        (outcome, turn)
    }

    async fn write_plain(&self, writes: Vec<Write>) -> (Commit, Result<(), StoreError>) {
        let commit = Commit { token: CommitToken::generate(&*self.random), writes };
        let outcome = self.write(&commit).await;
        (commit, outcome)
    }

    /// Commits `writes` together with `note`, or without it where another commit of the request has
    /// written it meanwhile. Nothing is committed where the claim is lost, also where that was
    /// found out by an earlier commit: that is [`StoreError::Conflict`] at the key of the note, and
    /// nothing else is.
    async fn write_noted(
        &self,
        writes: Vec<Write>,
        note: &RequestNote,
    ) -> (Commit, Result<(), StoreError>) {
        let mut commit = Commit { token: CommitToken::generate(&*self.random), writes };
        for _ in 0..ATTEMPTS {
            let with = match note.write() {
                Ok(Some(with)) => with,
                Ok(None) => return self.write_plain(commit.writes).await,
                Err(lost) => return (commit, Err(lost)),
            };
            commit.token = CommitToken::generate(&*self.random);
            commit.writes.push(with);
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
        let late = format!("{ATTEMPTS} commits in a row came too late at {}", note.key());
        (commit, Err(StoreError::Unavailable(late)))
    }

    async fn write(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut outcome = self.store.commit(commit.clone()).await;
        for _ in 1..UNKNOWN_ATTEMPTS {
            if !matches!(outcome, Err(StoreError::Unknown(_))) {
                break;
            }
            outcome = self.store.commit(commit.clone()).await;
        }
        // Whatever the outcome, what caches hold may be old now.
        for write in commit.writes.iter().filter(|write| !matches!(write.action, Action::Check)) {
            self.observers.iter().for_each(|observer| observer(write, outcome.is_ok()));
        }
        if let Some(shards) = outbox::added(&commit.writes) {
            self.bell.notify(shards);
        }
        outcome
    }
}
