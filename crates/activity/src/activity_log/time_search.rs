//! Entries by sequence and by time.

use selfsame_events::{Entry, Head, user_partition};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Item, Query, Store, StoreError, decode};

/// A sequence and its entry; `None` where the stored entry is damaged.
pub(super) type EntryPosition = (u64, Option<Entry>);

/// Entries per read.
const TOGETHER: usize = 100;

/// The sequence of the last entry of `user`; 0 where there is none.
pub(super) async fn newest(store: &dyn Store, user: &UserId) -> Result<u64, StoreError> {
    let head = store.get(&Head::key(user)).await?;
    Ok(head.map(|item| decode::<Head>(&item.body)).transpose()?.unwrap_or_default().sequence)
}

/// The first sequence whose entry is later than `at`; the one behind `newest` where none is.
///
/// Sequences of one user are in the order of time, so each read halves the range: 20 reads of one
/// entry for a million of them, at most 40. Entries expire not only at the old end (the retention
/// may have been changed), so each read takes the first entry that exists from the middle on.
pub(super) async fn first_after(
    store: &dyn Store,
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

/// The first readable entry from `sequence` on.
async fn next_from(
    store: &dyn Store,
    user: &UserId,
    mut sequence: u64,
) -> Result<Option<(u64, Entry)>, StoreError> {
    let mut together = 1;
    loop {
        let all = Query::prefix(user_partition(user), Entry::PREFIX);
        let query = Query { from: Entry::key(user, sequence).sort, ..all }.limit(together);
        let page = store.query(&query).await?;
        for item in &page.items {
            let (found, entry) = placed(user, item)?;
            if let Some(entry) = entry {
                return Ok(Some((found, entry)));
            }
            sequence = found + 1;
        }
        if page.items.is_empty() {
            return Ok(None);
        }
        together = TOGETHER;
    }
}

/// Some entries before the one at `before`, the newest first, and whether there are more.
pub(super) async fn before(
    store: &dyn Store,
    user: &UserId,
    before: u64,
    most: usize,
) -> Result<(Vec<EntryPosition>, bool), StoreError> {
    let query =
        Query::prefix(user_partition(user), Entry::PREFIX).backward().limit(most.min(TOGETHER));
    let page = store.query(&query.after(Some(Entry::key(user, before).sort))).await?;
    let entries = page.items.iter().map(|item| placed(user, item));
    Ok((entries.collect::<Result<_, _>>()?, page.next.is_some()))
}

fn placed(user: &UserId, item: &Item) -> Result<EntryPosition, StoreError> {
    let number = item.key.sort.strip_prefix(Entry::PREFIX).and_then(|number| number.parse().ok());
    let sequence =
        number.ok_or_else(|| StoreError::Limit(format!("{} is no place of an entry", item.key)))?;
    Ok((sequence, read(user, sequence, item)?))
}

/// The entry of `user` in `item`; `None` where it is damaged, since one damaged entry must not make
/// the others unreadable. An entry of a later release is an error: it is whole, and this node can't
/// read it.
pub(crate) fn read(user: &UserId, sequence: u64, item: &Item) -> Result<Option<Entry>, StoreError> {
    match decode::<Entry>(&item.body).map_err(StoreError::from) {
        Ok(entry) => Ok(Some(entry)),
        Err(StoreError::Corrupt(reason)) => {
            tracing::error!(user = user.as_str(), sequence, %reason, "an entry can't be read and is passed over");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
