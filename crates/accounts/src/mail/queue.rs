//! Slips: which letters wait, until when, in a few partitions that all nodes read.

use std::sync::Arc;
use std::time::Duration;

use selfsame_basics::{EmailAddress, Keys, Timestamp};
use selfsame_events::Journal;
use selfsame_events::quarantine::{Read, read_or_set_aside};
use selfsame_items::{
    Guard, Item, ItemStore, Key, Query, Record, StoreError, Write, decode, encode,
};
use serde::{Deserialize, Serialize};

use super::letter::Kept;
use super::quota::{Quota, Share};
use super::suppression;

/// So many parts share the queue, so that several nodes can work side by side.
pub(super) const SHARDS: u8 = 8;
/// The partitions of the queue start with this.
pub(super) const PARTITIONS: &str = "mail-queue/";
/// A letter that is being handed over is not due for so long; then whoever did it is taken for
/// dead.
const LEASE: Duration = Duration::from_mins(1);
/// So many letters of a shard are taken at once.
const TOGETHER: usize = 16;

/// No slip is due later than this, for the next day's quota or the next try; one that is was put
/// there by a clock that was set wrong, and is due.
const FARTHEST: Duration = Duration::from_hours(26);

/// Says that a letter waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slip {
    /// The partition of its reader.
    pub(super) partition: String,
    /// Its id.
    pub(super) letter: String,
    /// How often it could not be handed over.
    #[serde(default)]
    pub(super) failures: u32,
    /// How much of a day's quota it may use.
    #[serde(default, skip_serializing_if = "Share::is_usual")]
    pub(super) share: Share,
    /// The day on whose quota it was counted, as days since 1970: tries of one day count once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) counted_on: Option<i64>,
}

impl Record for Slip {
    const KIND: &'static str = "mail-slip";
}

impl Slip {
    pub(super) fn new(partition: &str, letter: &str, share: Share) -> Self {
        let (partition, letter) = (partition.to_owned(), letter.to_owned());
        Self { partition, letter, failures: 0, share, counted_on: None }
    }

    /// Its place while it is due at `due`: sorted by time, in a shard that its letter's random part
    /// chooses.
    pub(super) fn key(&self, due: Timestamp) -> Key {
        let last = self.letter.bytes().next_back().unwrap_or_default();
        Key::new(partition(last % SHARDS), format!("{:013}/{}", due.millis(), self.letter))
    }
}

fn partition(shard: u8) -> String {
    format!("{PARTITIONS}{shard}")
}

/// A slip that this process holds a lease on.
pub(super) struct Leased {
    pub(super) slip: Slip,
    pub(super) key: Key,
}

/// What was taken from a shard.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) leased: Vec<Leased>,
    /// How many have to wait for tomorrow's quota.
    pub(super) deferred: usize,
}

/// The slips that `query` finds. Those that are damaged are set aside; those that a later release
/// has written stay, and keep none behind them from being found.
async fn readable(
    store: &dyn ItemStore,
    journal: &Arc<Journal>,
    query: Query,
) -> Result<Vec<(Item, Slip)>, StoreError> {
    let (mut found, mut query) = (Vec::new(), query);
    loop {
        let page = store.query(&query).await?;
        for item in page.items {
            if let Read::Record(slip) = read_or_set_aside(journal, &item).await? {
                found.push((item, slip));
            }
        }
        if !found.is_empty() || page.next.is_none() {
            return Ok(found);
        }
        query = query.after(page.next);
    }
}

/// Which letters of `due` will be handed over, as far as that shows before: not what is for nobody,
/// for an address that takes no mail or too late.
async fn which_go(
    store: &dyn ItemStore,
    keys: &Keys,
    due: &[(Item, Slip)],
    now: Timestamp,
) -> Result<Vec<bool>, StoreError> {
    let places: Vec<Key> =
        due.iter().map(|(_, slip)| Kept::key(&slip.partition, &slip.letter)).collect();
    let letters = store.get_many(&places).await?;
    let mut going = Vec::with_capacity(due.len());
    for ((_, slip), letter) in due.iter().zip(letters) {
        going.push(match letter.and_then(|item| reader(keys, slip, &item, now)) {
            Some(to) => !suppression::is_suppressed(store, keys, &to).await?,
            None => false,
        });
    }
    Ok(going)
}

/// Whom the letter in `item` may still be handed over to.
fn reader(keys: &Keys, slip: &Slip, item: &Item, now: Timestamp) -> Option<EmailAddress> {
    let kept: Kept = decode(&item.body).ok()?;
    let content = kept.open(keys, &slip.partition).ok()?;
    content.to.filter(|_| now < kept.until)
}

/// Takes what is due in a shard, and where it `looks_far` also what is due later than can be: one
/// commit moves every slip to the end of its lease and counts it on the quota, or to tomorrow where
/// nothing is left of that. Nothing is taken where somebody else was quicker.
///
/// What will not be handed over is not counted, and does not wait: anybody can have letters to
/// nobody posted, as many as they like, and they must not take a day's mails from those who wait
/// for one.
pub(super) async fn take(
    (store, keys): (&dyn ItemStore, &Keys),
    journal: &Arc<Journal>,
    quota: &Quota,
    (shard, looks_far): (u8, bool),
    now: Timestamp,
) -> Result<Taken, StoreError> {
    let mut query = Query::prefix(partition(shard), "").limit(TOGETHER);
    query.until = Some(format!("{:013}/", now.millis() + 1));
    let mut due = readable(store, journal, query).await?;
    if looks_far {
        let mut query = Query::prefix(partition(shard), "").limit(TOGETHER);
        query.from = format!("{:013}/", now.plus(FARTHEST).millis());
        due.extend(readable(store, journal, query).await?);
    }
    if due.is_empty() {
        return Ok(Taken::default());
    }
    let mut day = quota.today(store, now).await?;
    let going = if quota.is_limited() {
        which_go(store, keys, &due, now).await?
    } else {
        vec![false; due.len()]
    };
    let (mut taken, mut writes) = (Taken::default(), Vec::new());
    for ((Item { key: old, revision, .. }, mut slip), is_going) in due.into_iter().zip(going) {
        let may_go = !is_going || day.take(&mut slip);
        let key = slip.key(if may_go { now.plus(LEASE) } else { day.end() });
        writes.push(Write::delete(old, Guard::Revision(revision)));
        writes.push(Write::put(key.clone(), Guard::Absent, encode(&slip)));
        if may_go {
            taken.leased.push(Leased { slip, key });
        } else {
            taken.deferred += 1;
        }
    }
    writes.extend(day.write());
    match journal.commit(writes).await {
        Ok(()) => Ok(taken),
        Err(StoreError::Conflict(_)) => Ok(Taken::default()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_items::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Slip>();
    }
}
