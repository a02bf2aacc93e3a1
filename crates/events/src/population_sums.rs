//! The sums of population differences, made in the background and read at once.

use std::sync::Arc;

use selfsame_store::{Guard, Item, Key, Query, Store, StoreError, Write, decode, encode};

use crate::Journal;
use crate::population::{self, DIFFERENCES, Populations};
use crate::quarantine::{Read, read_or_set_aside};
use crate::shards::SHARDS;

/// So many differences are added up in one commit, which also holds the sum.
const TOGETHER: usize = 90;
/// So many commits are made for one shard at a time.
const COMMITS: usize = 100;
/// The sort key of the sum, before those of all differences.
const SUM: &str = "all";

/// Adds up the stored differences. Every node may do this at any time: the guards fail for
/// whichever commits second. A shard that fails does not stop the others.
pub async fn add_up(journal: &Arc<Journal>) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for shard in 0..SHARDS {
        outcome = outcome.and(add_part(journal, shard).await);
    }
    outcome
}

async fn add_part(journal: &Arc<Journal>, shard: u8) -> Result<(), StoreError> {
    let mut after = None;
    for _ in 0..COMMITS {
        match add_some(journal, shard, after).await {
            Ok(None) | Err(StoreError::Conflict(_)) => break,
            Ok(next) => after = next,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Adds up some differences of `shard`, after the sort key `after`; returns after which there may
/// be more. A damaged one is set aside, and one that a later release has written stays.
async fn add_some(
    journal: &Arc<Journal>,
    shard: u8,
    after: Option<String>,
) -> Result<Option<String>, StoreError> {
    let store = journal.store();
    let query =
        Query::prefix(population::partition(shard), DIFFERENCES).limit(TOGETHER).after(after);
    let page = store.query(&query).await?;
    let (mut added, mut writes) =
        (Populations::default(), Vec::with_capacity(page.items.len() + 1));
    for item in page.items {
        if let Read::Record(difference) = read_or_set_aside::<Populations>(journal, &item).await? {
            added.add(&difference);
            writes.push(Write::delete(item.key, Guard::Revision(item.revision)));
        }
    }
    if !writes.is_empty() {
        let key = Key::new(population::partition(shard), SUM);
        let found = store.get(&key).await?;
        let guard = found.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
        let mut sum = found.as_ref().map(read).transpose()?.unwrap_or_default();
        sum.add(&added);
        writes.push(Write::put(key, guard, encode(&sum)));
        journal.commit(writes).await?;
    }
    Ok(page.next)
}

/// How many users there are in each population, by the sums and the first thousand differences of
/// each shard. An unreadable difference counts once it is readable. An unreadable sum is an error:
/// figures would lack a sixteenth of the users.
pub async fn populations(store: &dyn Store) -> Result<Populations, StoreError> {
    let mut all = Populations::default();
    for shard in 0..SHARDS {
        for item in
            store.query(&Query::prefix(population::partition(shard), "").limit(1000)).await?.items
        {
            match read(&item) {
                Ok(counted) => all.add(&counted),
                Err(_) if item.key.sort != SUM => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(all)
}

fn read(item: &Item) -> Result<Populations, StoreError> {
    Ok(decode(&item.body)?)
}
