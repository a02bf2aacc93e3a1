//! The note that a request was carried out, written by the commit that carries it out
//! (docs/decisions/0046).
//!
//! A request that must be done once is claimed by an item first (`Idempotency-Key` does that) and
//! runs with a [`RequestNote`]. The first commit that changes something for the request guards the
//! claim and replaces it by the note. So there is never one without the other, whatever fails in
//! between, and a request that has lost its claim changes nothing, however often it is tried.
//! Commits that only prepare something ([`crate::Journal::commit`], [`aside`]) leave the claim as
//! it is.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use selfsame_primitives::Timestamp;
use selfsame_store::{CommitToken, Guard, Key, Revision, Store, StoreError, Write};

tokio::task_local! {
    static NOTE: Option<Arc<RequestNote>>;
}

/// What the claim of a request has become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteState {
    /// It is still there, with this revision: nothing was committed for the request.
    Claimed(Revision),
    /// A commit has replaced it by the note, which has this revision.
    Committed(Revision),
    /// Another request has it; nothing was committed for this one, and nothing will be.
    Lost,
}

/// The note that goes with the first commit of a request.
pub struct RequestNote {
    key: Key,
    body: Bytes,
    until: Timestamp,
    state: Mutex<NoteState>,
}

impl fmt::Debug for RequestNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestNote({:?})", self.state())
    }
}

impl RequestNote {
    /// The note `body`, kept until `until`, in place of the claim at `key` that has the revision
    /// `claim`.
    #[must_use]
    pub fn new(key: Key, claim: Revision, body: impl Into<Bytes>, until: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            key,
            body: body.into(),
            until,
            state: Mutex::new(NoteState::Claimed(claim)),
        })
    }

    /// Runs `request`, whose first commit writes the note.
    pub async fn with<F: Future>(self: Arc<Self>, request: F) -> F::Output {
        NOTE.scope(Some(self), request).await
    }

    /// What has become of the claim.
    pub fn state(&self) -> NoteState {
        *self.lock()
    }

    /// Whether a commit of the current request failed with [`StoreError::Conflict`] at `key`
    /// because its claim is lost. A loop that decides again after a conflict must end then: no
    /// later commit of the request succeeds.
    #[must_use]
    pub fn lost_at(key: &Key) -> bool {
        let is_lost = |note: &Arc<Self>| note.key == *key && note.state() == NoteState::Lost;
        NOTE.try_with(|note| note.as_ref().is_some_and(is_lost)).unwrap_or(false)
    }

    fn lock(&self) -> MutexGuard<'_, NoteState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The note of the current request, if it is not written yet. A note whose claim is lost is
    /// among them: without it the next commit would succeed as if there had never been a claim.
    pub(crate) fn pending() -> Option<Arc<Self>> {
        let note = NOTE.try_with(Clone::clone).ok().flatten()?;
        (!matches!(note.state(), NoteState::Committed(_))).then_some(note)
    }

    /// What writes the note; `None` where it is written. Fails with [`StoreError::Conflict`] at its
    /// key where the claim is lost.
    pub(crate) fn write(&self) -> Result<Option<Write>, StoreError> {
        match self.state() {
            NoteState::Claimed(claim) => {
                let (key, body) = (self.key.clone(), self.body.clone());
                Ok(Some(Write::put_until(key, Guard::Revision(claim), body, self.until)))
            }
            NoteState::Committed(_) => Ok(None),
            NoteState::Lost => Err(StoreError::Conflict(self.key.clone())),
        }
    }

    /// The commit named `token` has written it.
    pub(crate) fn is_written_by(&self, token: CommitToken) {
        *self.lock() = NoteState::Committed(token.revision());
    }

    /// Whether a commit failed at `key` since the claim is lost. A store may also refuse a commit
    /// without need, and another commit of the same request may have come first.
    pub(crate) async fn is_lost(&self, store: &dyn Store, key: &Key) -> Result<bool, StoreError> {
        if *key != self.key {
            return Ok(false);
        }
        let found = store.get(&self.key).await?.map(|item| item.revision);
        let mut state = self.lock();
        if matches!(*state, NoteState::Claimed(claim) if found != Some(claim)) {
            *state = NoteState::Lost;
        }
        Ok(*state == NoteState::Lost)
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.key
    }
}

/// Runs `work`, whose commits are not what the request asks for, such as an activity entry about
/// the request.
pub async fn aside<F: Future>(work: F) -> F::Output {
    NOTE.scope(None, work).await
}
