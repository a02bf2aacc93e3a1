//! The events of a user that a subscription has still to get.
//!
//! There is at most one delivery cursor per subscription and user: a range of the user's events. So
//! order per user holds by itself, and a handler that fails for a day leaves one small item per
//! user, however much has happened (docs/decisions/0003).

use std::sync::Arc;

use selfsame_primitives::{Timestamp, UserId, stored};
use selfsame_store::{
    Guard, Item, Key, Page, Query, Record, Store, StoreError, Write, decode, encode,
};
use serde::{Deserialize, Serialize};

use crate::quarantine::{Read, read_or_set_aside};
use crate::shards::{SHARDS, shard_of};
use crate::{Event, Journal};

/// The events `from..until` of `subject` await delivery to one event handler.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct DeliveryCursor {
    #[serde(deserialize_with = "stored::text")]
    pub(crate) subject: UserId,
    pub(crate) from: u64,
    pub(crate) until: u64,
    /// Not before this time. A worker claims the cursor by moving this into the future.
    pub(crate) due: Timestamp,
    /// How often the event at `from` has failed.
    pub(crate) attempts: u32,
    /// Fencing token: every claim adds 1, and a worker's result is written only while the epoch is
    /// still its own. A worker that was paused beyond its lease can't overwrite its successor's
    /// result (docs/decisions/0038).
    #[serde(default)]
    pub(crate) epoch: u64,
    /// The id of the last replay, or of the last extension to earlier events. A worker that claimed
    /// the cursor before it must not mark those events as done.
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
            // Not from 0: a paused worker may still hold an epoch of the deleted cursor before this
            // one.
            epoch: journal.random().below(1 << 52),
            replay: None,
        }
    }
}

/// The delivery cursors of one subscription in one shard.
#[derive(Clone, Debug)]
pub(crate) struct CursorShard {
    pub(crate) partition: String,
}

impl CursorShard {
    pub(crate) fn new(subscription: &str, shard: u8) -> Self {
        Self { partition: format!("todo/{subscription}/{shard:02}") }
    }

    pub(crate) fn of(subscription: &str, subject: &UserId) -> Self {
        Self::new(subscription, shard_of(subject))
    }

    pub(crate) fn key(&self, subject: &UserId) -> Key {
        Key::new(&self.partition, format!("s/{subject}"))
    }

    /// The key in the list that is sorted by time: 13 digits of milliseconds last until the year
    /// 2286.
    pub(crate) fn due_key(&self, cursor: &DeliveryCursor) -> Key {
        Key::new(&self.partition, format!("d/{:013}/{}", cursor.due.millis(), cursor.subject))
    }

    /// Replaces `before` by `after`, and its entry in the list that is sorted by time.
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
            Some(cursor) => {
                writes.push(Write::put(self.key(&cursor.subject), guard, encode(cursor)));
                if before.is_none_or(|(old, _)| moves(old)) {
                    writes.push(Write::put(self.due_key(cursor), Guard::Any, Vec::new()));
                }
            }
            None => writes
                .extend(before.map(|(old, guard)| Write::delete(self.key(&old.subject), guard))),
        }
        writes
    }

    /// Adds the events `from..until` of `subject` to the cursor `before`; without one, to a new
    /// cursor that is due at once. Events may lie before the cursor: their outbox record was in
    /// quarantine, or the handler that emits them was replayed.
    pub(crate) fn extend(
        &self,
        journal: &Journal,
        before: Option<&(DeliveryCursor, Guard)>,
        subject: &UserId,
        (from, until): (u64, u64),
    ) -> Vec<Write> {
        let after = match before {
            Some((cursor, _)) => DeliveryCursor {
                from: cursor.from.min(from),
                until: cursor.until.max(until),
                // A worker that holds the cursor started behind these events, and must not mark
                // them as done.
                replay: if from < cursor.from {
                    Some(journal.new_id())
                } else {
                    cursor.replay.clone()
                },
                ..cursor.clone()
            },
            None => DeliveryCursor::begin(journal, subject, (from, until)),
        };
        self.replace(before.map(|(cursor, guard)| (cursor, *guard)), Some(&after))
    }

    /// Entries of cursors that are due, after the sort key `after`, the longest-waiting first.
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

    /// Entries of cursors that are due after `time`, the next one first.
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

    /// The cursor of `subject`, and the guard under which it may be replaced. A damaged one is set
    /// aside. One that a later release has written fails with [`StoreError::Newer`].
    pub(crate) async fn load(
        &self,
        journal: &Arc<Journal>,
        subject: &UserId,
    ) -> Result<Option<(DeliveryCursor, Guard)>, StoreError> {
        let mut found = load_all(journal, &[self.key(subject)]).await?;
        match found.pop().unwrap_or(CursorEntry::Absent) {
            CursorEntry::Cursor(cursor, guard) => Ok(Some((cursor, guard))),
            CursorEntry::Absent => Ok(None),
            CursorEntry::Newer => Err(newer()),
        }
    }
}

/// What lies at the key of a delivery cursor.
pub(crate) enum CursorEntry {
    Cursor(DeliveryCursor, Guard),
    Absent,
    /// Written by a later release.
    Newer,
}

pub(crate) fn newer() -> StoreError {
    StoreError::Newer("a to-do was written by a later release".to_owned())
}

/// What lies at each of `keys`. Damaged cursors are set aside.
pub(crate) async fn load_all(
    journal: &Arc<Journal>,
    keys: &[Key],
) -> Result<Vec<CursorEntry>, StoreError> {
    let mut all = Vec::with_capacity(keys.len());
    for item in journal.store().get_many(keys).await? {
        let Some(item) = item else {
            all.push(CursorEntry::Absent);
            continue;
        };
        all.push(match read_or_set_aside(journal, &item).await? {
            Read::Record(cursor) => CursorEntry::Cursor(cursor, Guard::Revision(item.revision)),
            Read::SetAside => CursorEntry::Absent,
            Read::Newer => CursorEntry::Newer,
        });
    }
    Ok(all)
}

/// The subject of the cursor whose entry in the list that is sorted by time has this sort key.
pub(crate) fn subject(sort: &str) -> Option<UserId> {
    sort.splitn(3, '/').nth(2).and_then(|subject| UserId::parse(subject).ok())
}

/// An event that a handler has given up. Kept until an operator replays or discards it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// The name of the handler.
    pub reactor: String,
    /// The last failure.
    pub reason: String,
    /// When the handler gave up.
    pub at: Timestamp,
    /// The event.
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

pub(crate) fn dead_partition(subscription: &str) -> String {
    format!("dead/{subscription}")
}

/// All partitions that hold something of `subscription`.
pub(crate) fn partitions(subscription: &str) -> impl Iterator<Item = String> {
    let shards = (0..SHARDS).map(|shard| CursorShard::new(subscription, shard).partition);
    shards.chain([dead_partition(subscription)])
}

/// Up to 1,000 dead letters of `subscription`, the oldest event first.
pub async fn dead_letters(
    store: &dyn Store,
    subscription: &str,
) -> Result<Vec<DeadLetter>, StoreError> {
    let page = store.query(&Query::prefix(dead_partition(subscription), "").limit(1000)).await?;
    Ok(page.items.iter().filter_map(readable).collect())
}

/// The dead letter in `item`. An unreadable one is logged and skipped, so that the others are
/// listed.
pub(crate) fn readable(item: &Item) -> Option<DeadLetter> {
    let dead_letter = decode(&item.body);
    dead_letter.inspect_err(|error| tracing::error!(%error, "a dead letter can't be read")).ok()
}

/// How many users have undelivered events of `subscription`; counts at most 1,000 of each shard.
pub async fn backlog(store: &dyn Store, subscription: &str) -> Result<usize, StoreError> {
    let mut users = 0;
    for shard in 0..SHARDS {
        let query =
            Query::prefix(CursorShard::new(subscription, shard).partition, "s/").limit(1000);
        users += store.query(&query).await?.items.len();
    }
    Ok(users)
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
