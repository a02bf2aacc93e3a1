//! Giving events to the members of a roster, and taking back what they have not done.

use std::sync::Arc;
use std::time::Duration;

use selfsame_primitives::UserId;
use selfsame_store::{Guard, Query, StoreError, Write};

use crate::Journal;
use crate::delivery_cursor::{CursorShard, DeliveryCursor, partitions, subject};
use crate::shards::SHARDS;
use crate::shards::Shards;

/// A commit takes 100 writes; a to-do is two at most.
const TOGETHER: usize = 40;
/// So many to-dos are brought forward at once: three writes for each.
const HASTENED: usize = 30;
/// What is due so soon is not brought forward: somebody may be at it, and have moved it there for
/// as long as that takes.
const SOON: Duration = Duration::from_mins(1);
/// So many items are taken back at once.
const PURGED: usize = 90;

/// Gives the event with `sequence` of `subject` to each of `reactors`, under the condition that
/// `proviso` holds. Fails with [`StoreError::Conflict`] where it does not, or where somebody else
/// gave them something at the same time; whoever repeats it then gives nothing twice, since it is
/// the same to-do.
pub async fn enqueue(
    journal: &Arc<Journal>,
    reactors: &[String],
    subject: &UserId,
    sequence: u64,
    proviso: &Write,
) -> Result<(), StoreError> {
    for some in reactors.chunks(TOGETHER) {
        let mut writes = vec![proviso.clone()];
        for reactor in some {
            let lane = CursorShard::of(reactor, subject);
            let before = lane.load(journal, subject).await?;
            writes.extend(lane.extend(journal, before.as_ref(), subject, (sequence, sequence + 1)));
        }
        journal.commit(writes).await?;
        for reactor in some {
            journal.wakes.wake(reactor, Shards::of(subject));
        }
    }
    Ok(())
}

/// Takes back some of what `reactor` has not done or has given up, for good; says whether nothing
/// is left.
pub async fn discard(journal: &Arc<Journal>, reactor: &str) -> Result<bool, StoreError> {
    for partition in partitions(reactor) {
        let items = journal.store().query(&Query::prefix(partition, "").limit(PURGED)).await?.items;
        if !items.is_empty() {
            let writes =
                items.into_iter().map(|item| Write::delete(item.key, Guard::Any)).collect();
            journal.commit(writes).await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Has `reactor` try now some of what it would try later, with all tries before it again; says
/// whether there may be more.
pub async fn retry_now(journal: &Arc<Journal>, reactor: &str) -> Result<bool, StoreError> {
    let (store, now) = (&**journal.store(), journal.clock().now());
    for shard in 0..SHARDS {
        let lane = CursorShard::new(reactor, shard);
        let mut writes = Vec::new();
        for place in lane.later(store, now.plus(SOON), HASTENED).await? {
            let Some(subject) = subject(&place.key.sort) else { continue };
            let found = match lane.load(journal, &subject).await {
                Err(StoreError::Newer(_)) => continue,
                found => found?,
            };
            let Some((todo, guard)) = found.filter(|(todo, _)| todo.due > now.plus(SOON)) else {
                continue;
            };
            let sooner = DeliveryCursor { due: now, attempts: 0, ..todo.clone() };
            writes.extend(lane.replace(Some((&todo, guard)), Some(&sooner)));
        }
        if !writes.is_empty() {
            journal.commit(writes).await?;
            journal.wakes.wake(reactor, Shards::one(shard));
            return Ok(true);
        }
    }
    Ok(false)
}
