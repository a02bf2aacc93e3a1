//! Events that are delivered once more, because an operator or a service asks for it.

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

/// How often a replay is tried that others come before.
const ATTEMPTS: usize = 24;
/// Letters that go in one commit, which takes at most 100 writes, with the three or four of the
/// to-do and the proviso.
const LETTERS: usize = 90;

/// Has a reactor be told of events again.
///
/// What is replayed joins what already waits for the reactor about the same user, as one range of
/// that user's events. So order holds, and events between the two are delivered again as well: who
/// consumes events knows them by their ids.
pub struct Replay {
    journal: Arc<Journal>,
    reactor: String,
    precondition: Option<Write>,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replay({})", self.reactor)
    }
}

impl Replay {
    /// Replays for the reactor called `reactor`.
    #[must_use]
    pub fn new(journal: Arc<Journal>, reactor: impl Into<String>) -> Self {
        Self { journal, reactor: reactor.into(), precondition: None }
    }

    /// The same, under the condition that `proviso` holds: nothing is left for a member of a roster
    /// that went meanwhile. Where it does not hold, the replay fails with
    /// [`StoreError::Unavailable`].
    #[must_use]
    pub fn with_precondition(self, proviso: Write) -> Self {
        Self { precondition: Some(proviso), ..self }
    }

    /// Hands the events `sequences` of `subject` to the reactor again, those that it gave up among
    /// them; says which range that is once what the user does not have is left away. An empty one
    /// changes nothing.
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
        let letters = dead_letters(&**self.journal.store(), &self.reactor).await?;
        let among = |letter: &&DeadLetter| {
            letter.event.subject == *subject && range.contains(&letter.event.sequence)
        };
        let among: Vec<DeadLetter> = letters.iter().filter(among).cloned().collect();
        self.hand_over(subject, range.clone(), &among).await?;
        Ok(range)
    }

    /// Hands the events of `letters`, all about one user, to the reactor again. The letters are
    /// gone in the same commit; what fails once more is a letter once more.
    pub async fn replay_dead_letters(&self, letters: &[DeadLetter]) -> Result<(), StoreError> {
        for letter in letters {
            let range = letter.event.sequence..letter.event.sequence + 1;
            self.hand_over(&letter.event.subject, range, std::slice::from_ref(letter)).await?;
        }
        Ok(())
    }

    async fn hand_over(
        &self,
        subject: &UserId,
        range: Range<u64>,
        letters: &[DeadLetter],
    ) -> Result<(), StoreError> {
        let (first, rest) = letters.split_at(letters.len().min(LETTERS));
        self.hand_over_some(subject, &range, first).await?;
        for more in rest.chunks(LETTERS) {
            self.hand_over_some(subject, &range, more).await?;
        }
        Ok(())
    }

    async fn hand_over_some(
        &self,
        subject: &UserId,
        range: &Range<u64>,
        letters: &[DeadLetter],
    ) -> Result<(), StoreError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.journal.commit_for_request(self.writes(subject, range, letters).await?).await
            {
                Err(StoreError::Conflict(key)) if self.hangs_on(&key) => {
                    return Err(StoreError::Unavailable(format!("{key} was changed meanwhile")));
                }
                Err(StoreError::Conflict(key)) if !RequestNote::lost_at(&key) => last = Some(key),
                Ok(()) => {
                    self.journal.wakes.wake(&self.reactor, Shards::of(subject));
                    return Ok(());
                }
                outcome => return outcome,
            }
        }
        let key = last.map(|key| key.to_string()).unwrap_or_default();
        Err(StoreError::Unavailable(format!("{ATTEMPTS} replays in a row came too late at {key}")))
    }

    fn hangs_on(&self, key: &Key) -> bool {
        self.precondition.as_ref().is_some_and(|proviso| proviso.key == *key)
    }

    async fn writes(
        &self,
        subject: &UserId,
        range: &Range<u64>,
        letters: &[DeadLetter],
    ) -> Result<Vec<Write>, StoreError> {
        let lane = CursorShard::of(&self.reactor, subject);
        let before = lane.load(&self.journal, subject).await?;
        let range = &self.behind_nothing(subject, range).await?;
        let after = self.joined(subject, range, before.as_ref().map(|(todo, _)| todo));
        let mut writes =
            lane.replace(before.as_ref().map(|(todo, guard)| (todo, *guard)), Some(&after));
        writes.extend(letters.iter().map(|letter| Write::delete(letter.key(), Guard::Any)));
        writes.extend(self.precondition.clone());
        Ok(writes)
    }

    /// `range`, and what the relay has not yet moved on before it: that was never delivered, and
    /// must come first.
    async fn behind_nothing(
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

    /// What waits, and `range` with it. It stays as long in the future as it is: there may be a
    /// worker on it.
    fn joined(
        &self,
        subject: &UserId,
        range: &Range<u64>,
        before: Option<&DeliveryCursor>,
    ) -> DeliveryCursor {
        let replay = Some(self.journal.new_id());
        match before {
            Some(todo) => DeliveryCursor {
                from: todo.from.min(range.start),
                until: todo.until.max(range.end),
                replay,
                ..todo.clone()
            },
            None => DeliveryCursor {
                replay,
                ..DeliveryCursor::begin(&self.journal, subject, (range.start, range.end))
            },
        }
    }
}

impl DeadLetter {
    /// The letter of the event `event_id` that `reactor` gave up, if there is one.
    pub async fn load(
        store: &dyn Store,
        reactor: &str,
        event_id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let item = store.get(&Key::new(dead_partition(reactor), event_id)).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?)
    }
}

/// Up to `limit` dead letters of `reactor` behind the one of the event `after`, the oldest event
/// first.
pub async fn dead_page(
    store: &dyn Store,
    reactor: &str,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<DeadLetter>, StoreError> {
    let query = Query::prefix(dead_partition(reactor), "").after(after).limit(limit);
    Ok(store.query(&query).await?.items.iter().filter_map(readable).collect())
}
