//! Enqueueing events for subscriptions directly, and discarding or retrying what they have queued.

use std::sync::Arc;
use std::time::Duration;

use selfsame_primitives::UserId;
use selfsame_store::{Guard, Query, StoreError, Write};

use crate::Journal;
use crate::delivery_cursor::{CursorShard, DeliveryCursor, partitions, subject};
use crate::shards::SHARDS;
use crate::shards::Shards;

/// A commit takes 100 writes; a cursor is two at most.
const TOGETHER: usize = 40;
/// So many cursors are brought forward in one commit: three writes each.
const BROUGHT_FORWARD: usize = 30;
/// What is due within this time is not brought forward: a worker may hold its lease, which moved it
/// there.
const SOON: Duration = Duration::from_mins(1);
/// So many items are discarded in one commit.
const DISCARDED: usize = 90;

/// Enqueues the event `sequence` of `subject` for each of `subscriptions`, provided that
/// `precondition` holds. Fails with [`StoreError::Conflict`] where it does not, or where another
/// commit changed one of the cursors at the same time. A repetition enqueues nothing twice, since
/// it extends the same cursor.
pub async fn enqueue(
    journal: &Arc<Journal>,
    subscriptions: &[String],
    subject: &UserId,
    sequence: u64,
    precondition: &Write,
) -> Result<(), StoreError> {
    for some in subscriptions.chunks(TOGETHER) {
        let mut writes = vec![precondition.clone()];
        for subscription in some {
            let cursor_shard = CursorShard::of(subscription, subject);
            let before = cursor_shard.load(journal, subject).await?;
            writes.extend(cursor_shard.extend(
                journal,
                before.as_ref(),
                subject,
                (sequence, sequence + 1),
            ));
        }
        journal.commit(writes).await?;
        for subscription in some {
            journal.notifiers.wake(subscription, Shards::of(subject));
        }
    }
    Ok(())
}

/// Discards some of the undelivered events and dead letters of `subscription`, for good; returns
/// whether nothing is left.
pub async fn discard(journal: &Arc<Journal>, subscription: &str) -> Result<bool, StoreError> {
    for partition in partitions(subscription) {
        let items =
            journal.store().query(&Query::prefix(partition, "").limit(DISCARDED)).await?.items;
        if !items.is_empty() {
            let writes =
                items.into_iter().map(|item| Write::delete(item.key, Guard::Any)).collect();
            journal.commit(writes).await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes some of the postponed deliveries of `subscription` due now, with all attempts left;
/// returns whether there may be more.
pub async fn retry_now(journal: &Arc<Journal>, subscription: &str) -> Result<bool, StoreError> {
    let (store, now) = (&**journal.store(), journal.clock().now());
    for shard in 0..SHARDS {
        let cursor_shard = CursorShard::new(subscription, shard);
        let mut writes = Vec::new();
        for entry in cursor_shard.later(store, now.plus(SOON), BROUGHT_FORWARD).await? {
            let Some(subject) = subject(&entry.key.sort) else { continue };
            let found = match cursor_shard.load(journal, &subject).await {
                Err(StoreError::Newer(_)) => continue,
                found => found?,
            };
            let Some((cursor, guard)) = found.filter(|(cursor, _)| cursor.due > now.plus(SOON))
            else {
                continue;
            };
            let due_now = DeliveryCursor { due: now, attempts: 0, ..cursor.clone() };
            writes.extend(cursor_shard.replace(Some((&cursor, guard)), Some(&due_now)));
        }
        if !writes.is_empty() {
            journal.commit(writes).await?;
            journal.notifiers.wake(subscription, Shards::one(shard));
            return Ok(true);
        }
    }
    Ok(false)
}
