//! One stream: a place in a user's entries.

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

/// A stream on which nothing happened for so long gets a sign of life. Common proxies cut what is
/// silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events that are read and sent together, which bounds what a stream holds in memory.
const TOGETHER: usize = 32;

/// What is sent to one client.
pub(super) struct EventTail {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    user: UserId,
    session: Option<SessionId>,
    /// The token that opened it is good until then, and so is the stream.
    until: Timestamp,
    place: StreamPermit,
    /// The sequence of the last event that was sent, or from which on they were asked for.
    position: u64,
    /// Whether there may be events behind `position`.
    behind: bool,
    /// The last news that were heard of.
    heard: u64,
    sent_at: Timestamp,
    begun: bool,
}

impl EventTail {
    /// Follows the events of `caller` behind the one with the sequence `since`; without it, those
    /// that are yet to come.
    ///
    /// The place was taken before the head is read, so nothing falls between the two.
    pub(super) async fn begin(
        activity: &Activity,
        caller: &SignedIn,
        place: StreamPermit,
        since: Option<u64>,
    ) -> Result<Self, StoreError> {
        let head = activity.platform.store.get(&Head::key(caller.id())).await?;
        let newest =
            head.map(|item| decode::<Head>(&item.body)).transpose()?.unwrap_or_default().sequence;
        // A place that is yet to come is that of another time, before the store was set back: go on
        // with what is new.
        let position = since.unwrap_or(newest).min(newest);
        Ok(Self {
            store: Arc::clone(&activity.platform.store),
            clock: Arc::clone(&activity.platform.clock),
            user: caller.id().clone(),
            session: caller.session.clone(),
            until: caller.until,
            place,
            position,
            behind: position < newest,
            heard: 0,
            sent_at: activity.platform.now(),
            begun: false,
        })
    }

    /// What is to be sent next, as soon as there is something; `None` at the end. A store that
    /// fails is an end too: the client comes back from where it was.
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
            self.listen().await?;
        }
    }

    /// Waits for anything at all; `None` where nothing more will be said.
    async fn listen(&mut self) -> Option<()> {
        self.place.word.changed().await.ok()?;
        let news = self.place.word.borrow_and_update().news;
        self.behind = self.heard != news;
        self.heard = news;
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
        // Asked after the events were read: whose session has ended by then gets none of them.
        if !self.may_go_on().await? {
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

    /// Whether the account still works and the session is still there, by what is stored and not by
    /// what is believed.
    async fn may_go_on(&self) -> Result<bool, StoreError> {
        let session = self.session.as_ref().map(|session| Session::key(&self.user, session));
        let keys: Vec<Key> = [Head::key(&self.user)].into_iter().chain(session).collect();
        let mut found = self.store.get_many(&keys).await?.into_iter();
        let Some(head) = found.next().flatten() else { return Ok(false) };
        let works = decode::<Head>(&head.body)?.status == Status::Active;
        Ok(works && found.all(|session| session.is_some()))
    }
}
