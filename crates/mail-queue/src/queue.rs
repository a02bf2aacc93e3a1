//! Which letters are handed over now: those that are due, as far as the quota goes.

use std::time::Duration;

use selfsame_platform::{DueEntry, DueQueue, LeasedEntry};
use selfsame_primitives::{EmailAddress, Keys, Timestamp};
use selfsame_store::{Item, Key, Store, StoreError, decode};

use super::outgoing_mail::StoredMail;
use super::quota::Quota;
use super::slip::QueueEntry;
use super::suppression;

/// A letter that is being handed over is not due for so long; then whoever did it is taken for
/// dead.
const LEASE: Duration = Duration::from_mins(1);
/// So many letters of a shard are taken at once.
const TOGETHER: usize = 16;

/// No slip is due later than this, for the next day's quota or the next try; one that is was put
/// there by a clock that was set wrong, and is due.
pub(super) const FARTHEST: Duration = Duration::from_hours(26);

/// What was taken from a shard.
#[derive(Default)]
pub(super) struct DueMail {
    pub(super) leased: Vec<LeasedEntry<QueueEntry>>,
    /// How many have to wait for tomorrow's quota.
    pub(super) deferred: usize,
}

/// Which letters of `due` will be handed over, as far as that shows before: not what is for nobody,
/// for an address that takes no mail or too late.
async fn which_go(
    store: &dyn Store,
    keys: &Keys,
    due: &[DueEntry<QueueEntry>],
    now: Timestamp,
) -> Result<Vec<bool>, StoreError> {
    let place =
        |entry: &DueEntry<QueueEntry>| StoredMail::key(&entry.value.partition, &entry.value.letter);
    let places: Vec<Key> = due.iter().map(place).collect();
    let letters = store.get_many(&places).await?;
    let mut going = Vec::with_capacity(due.len());
    for (entry, letter) in due.iter().zip(letters) {
        going.push(match letter.and_then(|item| reader(keys, &entry.value, &item, now)) {
            Some(to) => !suppression::is_suppressed(store, keys, &to).await?,
            None => false,
        });
    }
    Ok(going)
}

/// Whom the letter in `item` may still be handed over to.
fn reader(keys: &Keys, slip: &QueueEntry, item: &Item, now: Timestamp) -> Option<EmailAddress> {
    let kept: StoredMail = decode(&item.body).ok()?;
    let content = kept.open(keys, &slip.partition).ok()?;
    content.to.filter(|_| now < kept.until)
}

/// Takes what is due in a shard, and where `far` is set also what is due later than can be: one
/// commit moves every slip to the end of its lease and counts it on the quota, or to tomorrow where
/// nothing is left of that. Nothing is taken where somebody else was quicker.
///
/// What will not be handed over is not counted, and does not wait: anybody can have letters to
/// nobody posted, as many as they like, and they must not take a day's mails from those who wait
/// for one.
pub(super) async fn take(
    (store, keys): (&dyn Store, &Keys),
    slips: &DueQueue<QueueEntry>,
    quota: &Quota,
    (shard, far): (u8, bool),
    now: Timestamp,
) -> Result<DueMail, StoreError> {
    let due = slips.due(shard, TOGETHER, far).await?;
    if due.is_empty() {
        return Ok(DueMail::default());
    }
    let mut day = quota.today(store, now).await?;
    let going = if quota.is_limited() {
        which_go(store, keys, &due, now).await?
    } else {
        vec![false; due.len()]
    };
    let (mut moves, mut may_go) = (Vec::with_capacity(due.len()), Vec::with_capacity(due.len()));
    for (mut entry, is_going) in due.into_iter().zip(going) {
        let may = !is_going || day.take(&mut entry.value);
        moves.push((entry, if may { now.plus(LEASE) } else { day.end() }));
        may_go.push(may);
    }
    let Some(entries) = slips.lease(moves, day.write()).await? else {
        return Ok(DueMail::default());
    };
    let deferred = may_go.iter().filter(|may| !**may).count();
    let leased = entries.into_iter().zip(may_go).filter_map(|(entry, may)| may.then_some(entry));
    Ok(DueMail { leased: leased.collect(), deferred })
}
