//! Which mails are sent now: those that are due, as far as the quota goes.

use std::time::Duration;

use selfsame_platform::{DueEntry, DueQueue, LeasedEntry};
use selfsame_primitives::{EmailAddress, Keys, Timestamp};
use selfsame_store::{Item, Key, Store, StoreError, decode};

use super::outgoing_mail::StoredMail;
use super::queue_entry::QueueEntry;
use super::quota::Quota;
use super::suppression;

/// The lease of a mail that is being sent. After it another node may send the mail.
const LEASE: Duration = Duration::from_mins(1);
/// So many mails of a shard are leased at once.
const TOGETHER: usize = 16;

/// No entry is due later than this, for the next day's quota or the next try. One that is was
/// scheduled while a clock was set wrong, and counts as due.
pub(super) const FARTHEST: Duration = Duration::from_hours(26);

/// The result for one shard.
#[derive(Default)]
pub(super) struct LeasedMails {
    pub(super) leased: Vec<LeasedEntry<QueueEntry>>,
    /// How many have to wait for tomorrow's quota.
    pub(super) deferred: usize,
}

/// Which mails of `due` will be sent, as far as that is known before: no decoys, suppressed
/// addresses or expired mails.
async fn sendable(
    store: &dyn Store,
    keys: &Keys,
    due: &[DueEntry<QueueEntry>],
    now: Timestamp,
) -> Result<Vec<bool>, StoreError> {
    let key =
        |entry: &DueEntry<QueueEntry>| StoredMail::key(&entry.value.partition, &entry.value.letter);
    let keys_of_mails: Vec<Key> = due.iter().map(key).collect();
    let mails = store.get_many(&keys_of_mails).await?;
    let mut are_sendable = Vec::with_capacity(due.len());
    for (entry, mail) in due.iter().zip(mails) {
        are_sendable.push(match mail.and_then(|item| recipient(keys, &entry.value, &item, now)) {
            Some(to) => !suppression::is_suppressed(store, keys, &to).await?,
            None => false,
        });
    }
    Ok(are_sendable)
}

/// The address that the mail in `item` may still be sent to.
fn recipient(keys: &Keys, entry: &QueueEntry, item: &Item, now: Timestamp) -> Option<EmailAddress> {
    let stored: StoredMail = decode(&item.body).ok()?;
    let content = stored.open(keys, &entry.partition).ok()?;
    content.to.filter(|_| now < stored.until)
}

/// Leases what is due in a shard, and where `far` is set also what is misdated. One commit moves
/// every entry to the end of its lease and counts it on the quota, or moves it to tomorrow where
/// the quota is used up. Leases nothing where another node was first.
///
/// What will not be sent is not counted, and does not wait for tomorrow: a client can cause any
/// number of decoys, and they must not use up the quota of real mails.
pub(super) async fn take(
    (store, keys): (&dyn Store, &Keys),
    queue: &DueQueue<QueueEntry>,
    quota: &Quota,
    (shard, far): (u8, bool),
    now: Timestamp,
) -> Result<LeasedMails, StoreError> {
    let due = queue.due(shard, TOGETHER, far).await?;
    if due.is_empty() {
        return Ok(LeasedMails::default());
    }
    let mut day = quota.today(store, now).await?;
    let are_sendable = if quota.is_limited() {
        sendable(store, keys, &due, now).await?
    } else {
        vec![false; due.len()]
    };
    let (mut moves, mut leases) = (Vec::with_capacity(due.len()), Vec::with_capacity(due.len()));
    for (mut entry, is_sendable) in due.into_iter().zip(are_sendable) {
        let is_leased = !is_sendable || day.take(&mut entry.value);
        moves.push((entry, if is_leased { now.plus(LEASE) } else { day.end() }));
        leases.push(is_leased);
    }
    let Some(entries) = queue.lease(moves, day.write()).await? else {
        return Ok(LeasedMails::default());
    };
    let deferred = leases.iter().filter(|is_leased| !**is_leased).count();
    let mails =
        entries.into_iter().zip(leases).filter_map(|(entry, is_leased)| is_leased.then_some(entry));
    Ok(LeasedMails { leased: mails.collect(), deferred })
}
