//! How much awaits delivery, for the operator.

use selfsame_primitives::Timestamp;
use selfsame_store::{Query, Store, StoreError, decode};

use crate::Entry;
use crate::delivery_cursor::{CursorShard, DeliveryCursor};
use crate::outbox::partition;
use crate::shards::SHARDS;

/// So many items of each shard are read: the largest page.
const PAGE: usize = 1000;

/// What awaits delivery to one event handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Backlog {
    /// Users with undelivered events; at most 1,000 of each shard are counted.
    pub users: usize,
    /// When the oldest of the events that were examined was committed: in each shard the next event
    /// of the user with the most failed attempts, and of the user who is due first. `None` where
    /// nothing is pending.
    pub oldest: Option<Timestamp>,
}

/// The backlog of `subscription`. Costs one page and two look-ups per shard, however large it is.
pub async fn backlog_details(store: &dyn Store, subscription: &str) -> Result<Backlog, StoreError> {
    let mut all = Backlog::default();
    for shard in 0..SHARDS {
        let page = store
            .query(
                &Query::prefix(CursorShard::new(subscription, shard).partition, "s/").limit(PAGE),
            )
            .await?;
        all.users += page.items.len();
        // One that can't be read is the worker's to deal with.
        let cursors: Vec<DeliveryCursor> =
            page.items.iter().filter_map(|item| decode(&item.body).ok()).collect();
        let examined = [
            cursors.iter().max_by_key(|cursor| cursor.attempts),
            cursors.iter().min_by_key(|cursor| cursor.due),
        ];
        for cursor in examined.into_iter().flatten() {
            all.oldest = earlier(all.oldest, committed_at(store, cursor).await?);
        }
    }
    Ok(all)
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// When the first event of `cursor` was committed; `None` where its entry no longer exists.
async fn committed_at(
    store: &dyn Store,
    cursor: &DeliveryCursor,
) -> Result<Option<Timestamp>, StoreError> {
    let item = store.get(&Entry::key(&cursor.subject, cursor.from)).await?;
    Ok(item.and_then(|item| decode::<Entry>(&item.body).ok()).map(|entry| entry.occurred_at))
}

/// How many commits with events the relay has not moved on yet; counts at most 1,000 of each shard.
pub async fn outbox_depth(store: &dyn Store) -> Result<usize, StoreError> {
    let mut depth = 0;
    for shard in 0..SHARDS {
        depth += store.query(&Query::prefix(partition(shard), "").limit(PAGE)).await?.items.len();
    }
    Ok(depth)
}
