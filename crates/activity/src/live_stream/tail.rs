//! One stream: a position in a user's entries.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use selfsame_events::{Entry, Head, Status, user_partition};
use selfsame_primitives::{Clock, SessionId, Timestamp, UserId};
use selfsame_store::{Key, Query, Store, StoreError, decode};

use super::sse_frame;
use crate::Activity;
use crate::streams::StreamPermit;
use selfsame_identity::authentication::SignedIn;
use selfsame_users::records::Session;

/// An idle stream sends a heartbeat this often. Common proxies cut a connection that is silent for
/// a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events that are read and sent together, which bounds the memory of a stream.
const TOGETHER: usize = 32;

/// The frames for one client.
pub(super) struct EventTail {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    user: UserId,
    session: Option<SessionId>,
    /// The token that opened the stream is valid until then, and so is the stream.
    until: Timestamp,
    permit: StreamPermit,
    /// The sequence of the last event that was sent, or behind which the client asked to begin.
    position: u64,
    /// Whether there may be events behind `position`.
    behind: bool,
    /// The commit count of the last signal.
    seen_commits: u64,
    sent_at: Timestamp,
    begun: bool,
}

impl EventTail {
    /// Follows the events of `caller` behind the sequence `since`; without it, future events.
    ///
    /// The permit is taken before the head is read, so no commit in between is missed.
    pub(super) async fn begin(
        activity: &Activity,
        caller: &SignedIn,
        permit: StreamPermit,
        since: Option<u64>,
    ) -> Result<Self, StoreError> {
        let head = activity.platform.store.get(&Head::key(caller.id())).await?;
        let newest =
            head.map(|item| decode::<Head>(&item.body)).transpose()?.unwrap_or_default().sequence;
        // A position beyond the newest entry is from before the store was set back: continue with
        // new events.
        let position = since.unwrap_or(newest).min(newest);
        Ok(Self {
            store: Arc::clone(&activity.platform.store),
            clock: Arc::clone(&activity.platform.clock),
            user: caller.id().clone(),
            session: caller.session.clone(),
            until: caller.until,
            permit,
            position,
            behind: position < newest,
            seen_commits: 0,
            sent_at: activity.platform.now(),
            begun: false,
        })
    }

    /// The next frame, as soon as there is one; `None` at the end. A store that fails ends the
    /// stream: the client reconnects from its position.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(sse_frame::beginning(self.position));
        }
        loop {
            let now = self.clock.now();
            if now >= self.until {
                return None;
            }
            if let Some(events) = self.catch_up().await? {
                self.sent_at = now;
                return Some(events);
            }
            if now.since(self.sent_at) >= HEARTBEAT {
                self.sent_at = now;
                return Some(sse_frame::HEARTBEAT);
            }
            self.wait_for_signal().await?;
        }
    }

    /// Waits for a signal; `None` once the streams are closed.
    async fn wait_for_signal(&mut self) -> Option<()> {
        self.permit.signal.changed().await.ok()?;
        let commits = self.permit.signal.borrow_and_update().commits;
        self.behind = self.seen_commits != commits;
        self.seen_commits = commits;
        Some(())
    }

    /// The events behind the position, if any; `None` where the stream has to end.
    async fn catch_up(&mut self) -> Option<Option<Bytes>> {
        if !self.behind {
            return Some(None);
        }
        match self.read().await {
            Ok(events) => events,
            Err(error) => {
                tracing::warn!(%error, "a live stream could not read on; its client comes back");
                None
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Option<Bytes>>, StoreError> {
        let after = Entry::key(&self.user, self.position).sort;
        let query = Query::prefix(user_partition(&self.user), Entry::PREFIX);
        let page = self.store.query(&query.after(Some(after)).limit(TOGETHER)).await?;
        // Checked after the events were read: a session that has ended by then gets none of them.
        if !self.may_continue().await? {
            return Ok(None);
        }
        self.behind = page.next.is_some();
        if page.items.is_empty() {
            return Ok(Some(None));
        }
        let (events, last) = sse_frame::events(&self.user, page.items)?;
        self.position = last;
        Ok(Some(Some(events)))
    }

    /// Whether the account is active and the session exists, by what is stored and not by a cache.
    async fn may_continue(&self) -> Result<bool, StoreError> {
        let session = self.session.as_ref().map(|session| Session::key(&self.user, session));
        let keys: Vec<Key> = [Head::key(&self.user)].into_iter().chain(session).collect();
        let mut found = self.store.get_many(&keys).await?.into_iter();
        let Some(head) = found.next().flatten() else { return Ok(false) };
        let works = decode::<Head>(&head.body)?.status == Status::Active;
        Ok(works && found.all(|session| session.is_some()))
    }
}
