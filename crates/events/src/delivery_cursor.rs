//! What a reactor still has to do for a user.
//!
//! There is at most one to-do per reactor and user: a range of the user's events. So order per user
//! holds by itself, and a reactor that fails for a day leaves one small item per user behind,
//! however much has happened.

use std::sync::Arc;

use selfsame_primitives::{Timestamp, UserId, stored};
use selfsame_store::{
    Guard, Item, Key, Page, Query, Record, Store, StoreError, Write, decode, encode,
};
use serde::{Deserialize, Serialize};

use crate::quarantine::{Read, read_or_set_aside};
use crate::shards::{SHARDS, shard_of};
use crate::{Event, Journal};

/// The events `from..until` of `subject` wait for a reactor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct DeliveryCursor {
    #[serde(deserialize_with = "stored::text")]
    pub(crate) subject: UserId,
    pub(crate) from: u64,
    pub(crate) until: u64,
    /// Not before this time. Whoever works on it moves this into the future, so that nobody else
    /// does.
    pub(crate) due: Timestamp,
    /// How often the event at `from` has failed.
    pub(crate) attempts: u32,
    /// Whose it is: every claim adds 1, and a worker's result counts only while it is still its
    /// own. So one that stood still until after its lease can undo nothing of what its successor
    /// has done.
    #[serde(default)]
    pub(crate) epoch: u64,
    /// Which replay, or which events from before it, it was last asked to hold. Whoever worked on
    /// it before that must not take it for done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replay: Option<String>,
}

impl Record for DeliveryCursor {
    const KIND: &'static str = "todo";
}

impl DeliveryCursor {
    /// The events `from..until` of `subject`, due at once.
    pub(crate) fn begin(journal: &Journal, subject: &UserId, (from, until): (u64, u64)) -> Self {
        Self {
            subject: subject.clone(),
            from,
            until,
            due: journal.clock().now(),
            attempts: 0,
            // Not from 0: a worker that stood still may still hold an epoch of the to-do that was
            // here before.
            epoch: journal.random().below(1 << 52),
            replay: None,
        }
    }
}

/// The to-dos of one reactor in one shard.
#[derive(Clone, Debug)]
pub(crate) struct CursorShard {
    pub(crate) partition: String,
}

impl CursorShard {
    pub(crate) fn new(reactor: &str, shard: u8) -> Self {
        Self { partition: format!("todo/{reactor}/{shard:02}") }
    }

    pub(crate) fn of(reactor: &str, subject: &UserId) -> Self {
        Self::new(reactor, shard_of(subject))
    }

    pub(crate) fn key(&self, subject: &UserId) -> Key {
        Key::new(&self.partition, format!("s/{subject}"))
    }

    /// The place in the list that is sorted by time: 13 digits of milliseconds last until the year
    /// 2286.
    pub(crate) fn due_key(&self, todo: &DeliveryCursor) -> Key {
        Key::new(&self.partition, format!("d/{:013}/{}", todo.due.millis(), todo.subject))
    }

    /// Replaces `before` by `after`, and its place in the list.
    pub(crate) fn replace(
        &self,
        before: Option<(&DeliveryCursor, Guard)>,
        after: Option<&DeliveryCursor>,
    ) -> Vec<Write> {
        let mut writes = Vec::with_capacity(4);
        let guard = before.map_or(Guard::Absent, |(_, guard)| guard);
        let moves = |old: &DeliveryCursor| after.is_none_or(|new| new.due != old.due);
        writes.extend(
            before
                .filter(|(old, _)| moves(old))
                .map(|(old, _)| Write::delete(self.due_key(old), Guard::Any)),
        );
        match after {
            Some(todo) => {
                writes.push(Write::put(self.key(&todo.subject), guard, encode(todo)));
                if before.is_none_or(|(old, _)| moves(old)) {
                    writes.push(Write::put(self.due_key(todo), Guard::Any, Vec::new()));
                }
            }
            None => writes
                .extend(before.map(|(old, guard)| Write::delete(self.key(&old.subject), guard))),
        }
        writes
    }

    /// What adds the events `from..until` of `subject` to what was left to do `before`, due at once
    /// where that was nothing. Some may come from before that: their pointer was in quarantine, or
    /// whoever gives them was replayed.
    pub(crate) fn extend(
        &self,
        journal: &Journal,
        before: Option<&(DeliveryCursor, Guard)>,
        subject: &UserId,
        (from, until): (u64, u64),
    ) -> Vec<Write> {
        let after = match before {
            Some((todo, _)) => DeliveryCursor {
                from: todo.from.min(from),
                until: todo.until.max(until),
                // A worker that is at it has begun behind them, and must not take them for done
                // with what it does.
                replay: if from < todo.from { Some(journal.new_id()) } else { todo.replay.clone() },
                ..todo.clone()
            },
            None => DeliveryCursor::begin(journal, subject, (from, until)),
        };
        self.replace(before.map(|(todo, guard)| (todo, *guard)), Some(&after))
    }

    /// Places of to-dos that are due, behind the place `after`, the longest-waiting first.
    pub(crate) async fn due(
        &self,
        store: &dyn Store,
        now: Timestamp,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let mut query = Query::prefix(&self.partition, "d/").limit(limit).after(after);
        query.until = Some(format!("d/{:013}/", now.millis() + 1));
        store.query(&query).await
    }

    /// Places of to-dos that are due after `time`, the next one first.
    pub(crate) async fn later(
        &self,
        store: &dyn Store,
        time: Timestamp,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let mut query = Query::prefix(&self.partition, "d/").limit(limit);
        query.from = format!("d/{:013}/", time.millis() + 1);
        Ok(store.query(&query).await?.items)
    }

    /// The to-do of `subject`, and the guard under which it may be replaced. One that is damaged is
    /// set aside; for one that a later release has written this fails with [`StoreError::Newer`].
    pub(crate) async fn load(
        &self,
        journal: &Arc<Journal>,
        subject: &UserId,
    ) -> Result<Option<(DeliveryCursor, Guard)>, StoreError> {
        let mut found = load_all(journal, &[self.key(subject)]).await?;
        match found.pop().unwrap_or(CursorEntry::Nothing) {
            CursorEntry::Todo(todo, guard) => Ok(Some((todo, guard))),
            CursorEntry::Nothing => Ok(None),
            CursorEntry::Newer => Err(newer()),
        }
    }
}

/// What waits for a reactor about a user.
pub(crate) enum CursorEntry {
    Todo(DeliveryCursor, Guard),
    Nothing,
    /// A later release knows.
    Newer,
}

pub(crate) fn newer() -> StoreError {
    StoreError::Newer("a to-do was written by a later release".to_owned())
}

/// What waits at each of `keys`. To-dos that are damaged are set aside.
pub(crate) async fn load_all(
    journal: &Arc<Journal>,
    keys: &[Key],
) -> Result<Vec<CursorEntry>, StoreError> {
    let mut all = Vec::with_capacity(keys.len());
    for item in journal.store().get_many(keys).await? {
        let Some(item) = item else {
            all.push(CursorEntry::Nothing);
            continue;
        };
        all.push(match read_or_set_aside(journal, &item).await? {
            Read::Record(todo) => CursorEntry::Todo(todo, Guard::Revision(item.revision)),
            Read::SetAside => CursorEntry::Nothing,
            Read::Newer => CursorEntry::Newer,
        });
    }
    Ok(all)
}

/// Whose to-do stands at this place in the list that is sorted by time.
pub(crate) fn subject(sort: &str) -> Option<UserId> {
    sort.splitn(3, '/').nth(2).and_then(|subject| UserId::parse(subject).ok())
}

/// An event that a reactor has given up on. Kept until somebody replays it or throws it away.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Who gave up.
    pub reactor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// On what.
    pub event: Event,
}

impl Record for DeadLetter {
    const KIND: &'static str = "dead-letter";
}

impl DeadLetter {
    pub(crate) fn key(&self) -> Key {
        Key::new(dead_partition(&self.reactor), &self.event.event_id)
    }
}

pub(crate) fn dead_partition(reactor: &str) -> String {
    format!("dead/{reactor}")
}

/// All partitions that hold something for `reactor`.
pub(crate) fn partitions(reactor: &str) -> impl Iterator<Item = String> {
    let lanes = (0..SHARDS).map(|shard| CursorShard::new(reactor, shard).partition);
    lanes.chain([dead_partition(reactor)])
}

/// Up to 1,000 dead letters of `reactor`, the oldest event first.
pub async fn dead_letters(store: &dyn Store, reactor: &str) -> Result<Vec<DeadLetter>, StoreError> {
    let page = store.query(&Query::prefix(dead_partition(reactor), "").limit(1000)).await?;
    Ok(page.items.iter().filter_map(readable).collect())
}

/// The letter in `item`. One that can't be read keeps nobody from the others.
pub(crate) fn readable(item: &Item) -> Option<DeadLetter> {
    let letter = decode(&item.body);
    letter.inspect_err(|error| tracing::error!(%error, "a dead letter can't be read")).ok()
}

/// How many users have events waiting for `reactor`; counts at most 1,000 of each shard.
pub async fn backlog(store: &dyn Store, reactor: &str) -> Result<usize, StoreError> {
    let mut waiting = 0;
    for shard in 0..SHARDS {
        let query = Query::prefix(CursorShard::new(reactor, shard).partition, "s/").limit(1000);
        waiting += store.query(&query).await?.items.len();
    }
    Ok(waiting)
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::DeliveryCursor>();
        are_read::<super::DeadLetter>();
    }
}
