//! Replays: events that an operator or a service has delivered again.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use selfsame_primitives::UserId;
use selfsame_store::{Guard, Key, Query, Store, StoreError, Write, decode};

use crate::delivery_cursor::{
    CursorShard, DeadLetter, DeliveryCursor, dead_letters, dead_partition, readable,
};
use crate::outbox::{self, OutboxRecord};
use crate::request_note::RequestNote;
use crate::shards::{Shards, shard_of};
use crate::{Head, Journal};

/// How often a replay is tried after conflicts.
const ATTEMPTS: usize = 24;
/// Dead letters in one commit, which takes at most 100 writes: the cursor and the precondition take
/// three or four.
const DEAD_LETTERS: usize = 90;

/// Delivers events to one event handler again.
///
/// A replay extends the user's delivery cursor, which is one range of events. So order holds, and
/// events between the replayed and the pending ones are delivered again as well: receivers
/// recognize them by their ids.
pub struct Replay {
    journal: Arc<Journal>,
    subscription: String,
    precondition: Option<Write>,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replay({})", self.subscription)
    }
}

impl Replay {
    /// Replays for `subscription`.
    #[must_use]
    pub fn new(journal: Arc<Journal>, subscription: impl Into<String>) -> Self {
        Self { journal, subscription: subscription.into(), precondition: None }
    }

    /// The same, provided that `precondition` holds: nothing may be enqueued for a member of a
    /// subscription source that was removed meanwhile. Where it does not hold, the replay fails
    /// with [`StoreError::Unavailable`].
    #[must_use]
    pub fn with_precondition(self, precondition: Write) -> Self {
        Self { precondition: Some(precondition), ..self }
    }

    /// Replays the events `sequences` of `subject`, dead letters among them; returns the part of
    /// the range that exists. An empty one changes nothing.
    pub async fn range(
        &self,
        subject: &UserId,
        sequences: Range<u64>,
    ) -> Result<Range<u64>, StoreError> {
        let head = self.journal.store().get(&Head::key(subject)).await?;
        let last =
            head.map(|item| decode::<Head>(&item.body)).transpose()?.unwrap_or_default().sequence;
        let range = sequences.start.max(1)..sequences.end.min(last + 1);
        if range.is_empty() {
            return Ok(range);
        }
        let dead_letters = dead_letters(&**self.journal.store(), &self.subscription).await?;
        let among = |dead_letter: &&DeadLetter| {
            dead_letter.event.subject == *subject && range.contains(&dead_letter.event.sequence)
        };
        let among: Vec<DeadLetter> = dead_letters.iter().filter(among).cloned().collect();
        self.enqueue(subject, range.clone(), &among).await?;
        Ok(range)
    }

    /// Replays the events of `dead_letters`. The letters are deleted in the same commit; an event
    /// that fails again becomes a dead letter again.
    pub async fn replay_dead_letters(&self, dead_letters: &[DeadLetter]) -> Result<(), StoreError> {
        for dead_letter in dead_letters {
            let range = dead_letter.event.sequence..dead_letter.event.sequence + 1;
            self.enqueue(&dead_letter.event.subject, range, std::slice::from_ref(dead_letter))
                .await?;
        }
        Ok(())
    }

    async fn enqueue(
        &self,
        subject: &UserId,
        range: Range<u64>,
        dead_letters: &[DeadLetter],
    ) -> Result<(), StoreError> {
        let (first, rest) = dead_letters.split_at(dead_letters.len().min(DEAD_LETTERS));
        self.enqueue_some(subject, &range, first).await?;
        for more in rest.chunks(DEAD_LETTERS) {
            self.enqueue_some(subject, &range, more).await?;
        }
        Ok(())
    }

    async fn enqueue_some(
        &self,
        subject: &UserId,
        range: &Range<u64>,
        dead_letters: &[DeadLetter],
    ) -> Result<(), StoreError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self
                .journal
                .commit_for_request(self.writes(subject, range, dead_letters).await?)
                .await
            {
                Err(StoreError::Conflict(key)) if self.is_precondition(&key) => {
                    return Err(StoreError::Unavailable(format!("{key} was changed meanwhile")));
                }
                Err(StoreError::Conflict(key)) if !RequestNote::lost_at(&key) => last = Some(key),
                Ok(()) => {
                    self.journal.notifiers.wake(&self.subscription, Shards::of(subject));
                    return Ok(());
                }
                outcome => return outcome,
            }
        }
        let key = last.map(|key| key.to_string()).unwrap_or_default();
        Err(StoreError::Unavailable(format!("{ATTEMPTS} replays in a row came too late at {key}")))
    }

    fn is_precondition(&self, key: &Key) -> bool {
        self.precondition.as_ref().is_some_and(|precondition| precondition.key == *key)
    }

    async fn writes(
        &self,
        subject: &UserId,
        range: &Range<u64>,
        dead_letters: &[DeadLetter],
    ) -> Result<Vec<Write>, StoreError> {
        let cursor_shard = CursorShard::of(&self.subscription, subject);
        let before = cursor_shard.load(&self.journal, subject).await?;
        let range = &self.with_undistributed(subject, range).await?;
        let after = self.extended(subject, range, before.as_ref().map(|(cursor, _)| cursor));
        let mut writes = cursor_shard
            .replace(before.as_ref().map(|(cursor, guard)| (cursor, *guard)), Some(&after));
        writes.extend(
            dead_letters.iter().map(|dead_letter| Write::delete(dead_letter.key(), Guard::Any)),
        );
        writes.extend(self.precondition.clone());
        Ok(writes)
    }

    /// `range`, and what the relay has not distributed yet before it: that was never delivered, and
    /// must come first.
    async fn with_undistributed(
        &self,
        subject: &UserId,
        range: &Range<u64>,
    ) -> Result<Range<u64>, StoreError> {
        let query =
            Query::prefix(outbox::partition(shard_of(subject)), &format!("{subject}/")).limit(1);
        let page = self.journal.store().query(&query).await?;
        let first =
            page.items.first().map(|item| decode::<OutboxRecord>(&item.body)).transpose()?;
        Ok(first.map_or(range.start, |first| first.from.min(range.start))..range.end)
    }

    /// The cursor `before`, extended by `range`. Its due time stays, since a worker may hold its
    /// lease.
    fn extended(
        &self,
        subject: &UserId,
        range: &Range<u64>,
        before: Option<&DeliveryCursor>,
    ) -> DeliveryCursor {
        let replay = Some(self.journal.new_id());
        match before {
            Some(cursor) => DeliveryCursor {
                from: cursor.from.min(range.start),
                until: cursor.until.max(range.end),
                replay,
                ..cursor.clone()
            },
            None => DeliveryCursor {
                replay,
                ..DeliveryCursor::begin(&self.journal, subject, (range.start, range.end))
            },
        }
    }
}

impl DeadLetter {
    /// The dead letter of `subscription` for the event `event_id`, if there is one.
    pub async fn load(
        store: &dyn Store,
        subscription: &str,
        event_id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let item = store.get(&Key::new(dead_partition(subscription), event_id)).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?)
    }
}

/// Up to `limit` dead letters of `subscription` after that of the event `after`, the oldest event
/// first.
pub async fn dead_page(
    store: &dyn Store,
    subscription: &str,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<DeadLetter>, StoreError> {
    let query = Query::prefix(dead_partition(subscription), "").after(after).limit(limit);
    Ok(store.query(&query).await?.items.iter().filter_map(readable).collect())
}
