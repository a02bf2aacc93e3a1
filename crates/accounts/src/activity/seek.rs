//! Entries by their place and by their time.

use selfsame_basics::{Timestamp, UserId};
use selfsame_events::{Entry, Head, user_partition};
use selfsame_items::{Item, ItemStore, Query, StoreError, decode};

/// An entry with its sequence.
pub(super) type Placed = (u64, Entry);

/// Entries that are read together.
const TOGETHER: usize = 100;

/// The sequence of the last entry of `user`; 0 where there is none.
pub(super) async fn newest(store: &dyn ItemStore, user: &UserId) -> Result<u64, StoreError> {
    let head = store.get(&Head::key(user)).await?;
    Ok(head.map(|item| decode::<Head>(&item.body)).transpose()?.unwrap_or_default().sequence)
}

/// The first sequence whose entry is later than `at`; the one behind `newest` where none is.
///
/// Sequences of one user are in the order of time, so this halves what is left with each read: 20 reads of one entry for a
/// million of them, and never more than 40. Entries that have expired are nowhere, not only at the old end (the retention may have
/// been changed), so each read takes the first one that is left from the middle on.
pub(super) async fn first_after(
    store: &dyn ItemStore,
    user: &UserId,
    newest: u64,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let (mut low, mut high) = (1, newest + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match next_from(store, user, middle).await? {
            Some((sequence, entry)) if entry.occurred_at <= at => low = sequence + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

async fn next_from(
    store: &dyn ItemStore,
    user: &UserId,
    sequence: u64,
) -> Result<Option<Placed>, StoreError> {
    let all = Query::prefix(user_partition(user), Entry::PREFIX);
    let query = Query { from: Entry::key(user, sequence).sort, ..all }.limit(1);
    store.query(&query).await?.items.first().map(placed).transpose()
}

/// Some entries before the one at `before`, the newest first, and whether there are more behind them.
pub(super) async fn before(
    store: &dyn ItemStore,
    user: &UserId,
    before: u64,
    most: usize,
) -> Result<(Vec<Placed>, bool), StoreError> {
    let query = Query::prefix(user_partition(user), Entry::PREFIX).backward().limit(most.min(TOGETHER));
    let page = store.query(&query.after(Some(Entry::key(user, before).sort))).await?;
    Ok((page.items.iter().map(placed).collect::<Result<_, _>>()?, page.next.is_some()))
}

fn placed(item: &Item) -> Result<Placed, StoreError> {
    let number = item.key.sort.strip_prefix(Entry::PREFIX).and_then(|number| number.parse().ok());
    let sequence =
        number.ok_or_else(|| StoreError::Limit(format!("{} is no place of an entry", item.key)))?;
    Ok((sequence, decode(&item.body)?))
}
