//! What waits for delivery, for those who look after the service.

use selfsame_primitives::Timestamp;
use selfsame_store::{Query, Store, StoreError, decode};

use crate::Entry;
use crate::delivery_cursor::{CursorShard, DeliveryCursor};
use crate::outbox::partition;
use crate::shards::SHARDS;

/// Of each shard so many are looked at: the largest page.
const LOOK: usize = 1000;

/// What waits for one reactor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Backlog {
    /// Users with events that wait; at most 1,000 of each shard are counted.
    pub users: usize,
    /// When the oldest of the events that were looked at was committed: in each shard the next
    /// event of the user who failed most often, and of the one who is due first. None where nothing
    /// waits.
    pub oldest: Option<Timestamp>,
}

/// What waits for `reactor`. Costs one page and two look-ups a shard, however much waits.
pub async fn backlog_details(store: &dyn Store, reactor: &str) -> Result<Backlog, StoreError> {
    let mut all = Backlog::default();
    for shard in 0..SHARDS {
        let page = store
            .query(&Query::prefix(CursorShard::new(reactor, shard).partition, "s/").limit(LOOK))
            .await?;
        all.users += page.items.len();
        // One that can't be read is the worker's to deal with.
        let todos: Vec<DeliveryCursor> =
            page.items.iter().filter_map(|item| decode(&item.body).ok()).collect();
        let looked_at = [
            todos.iter().max_by_key(|todo| todo.attempts),
            todos.iter().min_by_key(|todo| todo.due),
        ];
        for todo in looked_at.into_iter().flatten() {
            all.oldest = earlier(all.oldest, since(store, todo).await?);
        }
    }
    Ok(all)
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// When the first event of `todo` was committed; none where it is not kept any more.
async fn since(store: &dyn Store, todo: &DeliveryCursor) -> Result<Option<Timestamp>, StoreError> {
    let item = store.get(&Entry::key(&todo.subject, todo.from)).await?;
    Ok(item.and_then(|item| decode::<Entry>(&item.body).ok()).map(|entry| entry.occurred_at))
}

/// How many commits with events the relay has not moved on yet; counts at most 1,000 of each shard.
pub async fn outbox_depth(store: &dyn Store) -> Result<usize, StoreError> {
    let mut depth = 0;
    for shard in 0..SHARDS {
        depth += store.query(&Query::prefix(partition(shard), "").limit(LOOK)).await?.items.len();
    }
    Ok(depth)
}
