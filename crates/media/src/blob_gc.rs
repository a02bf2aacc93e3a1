//! Garbage collection of blobs: none is lost, none is left over.
//!
//! A blob and the record that refers to it lie in two stores that can't be written at once. So
//! before blobs are written, a garbage entry reserves them; the commit that refers to them deletes
//! the entry. The commit that drops a reference puts an entry for the dropped blobs. Wherever a
//! crash falls, every blob is referred to or has an entry, and the [`BlobGarbageCollector`] deletes
//! the blobs of entries that are due. See `docs/decisions/0010-blob-ledger.md`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use selfsame_blobs::{BlobError, BlobName, Blobs};
use selfsame_events::{Changes, Loaded};
use selfsame_platform::{DueEntry, DueLayout, DueQueue, NextStep, Platform, run_until};
use selfsame_primitives::new_ulid;
use selfsame_store::{Guard, Key, Record, StoreError, Write, encode};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

/// The layout of the entries.
const QUEUE: DueLayout<GarbageEntry> = DueLayout::new(8, |shard| format!("blob-ledger/{shard:02}"));
/// Expected blobs must be referred to within this time.
const GRACE: Duration = Duration::from_hours(1);
/// Writing reserved blobs is given up after this time, long before they are collected: a write that
/// comes after the collector would leave a blob without an entry or a reference.
const WRITE_TIMEOUT: Duration = Duration::from_mins(10);
/// No entry is due later than this from its making.
pub const LONGEST: Duration = Duration::from_hours(4 * 24);
/// Nothing is due later than this: nodes' clocks may differ a little. An entry that is was
/// scheduled while a clock was set wrong, and counts as due.
const FARTHEST: Duration = LONGEST.saturating_add(Duration::from_hours(1));
/// How often entries are read without a notification: other nodes can't wake this one.
const POLL: Duration = Duration::from_secs(10);

/// Some blobs, and why they have a garbage entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct GarbageEntry {
    names: Vec<BlobName>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// A change is about to refer to them.
    #[serde(rename = "expected")]
    Reserved,
    /// No record refers to them, and none will.
    #[serde(rename = "dropped")]
    Unreferenced,
}

impl Record for GarbageEntry {
    const KIND: &'static str = "blob-note";
}

/// Reserved blobs, which a change is about to refer to.
#[derive(Clone, Debug)]
pub struct ReservedBlobs {
    key: Key,
}

impl ReservedBlobs {
    /// What the change must load besides its own records, so that it and the collector can't both
    /// win.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Deletes the entry in `changes`, which refer to the blobs. Fails where the collector has
    /// claimed the blobs as abandoned meanwhile.
    pub fn apply(&self, loaded: &Loaded, changes: Changes) -> Result<Changes, StoreError> {
        match loaded.get::<GarbageEntry>(&self.key)? {
            Some(GarbageEntry { state: State::Reserved, .. }) => {
                Ok(changes.delete(self.key.clone()))
            }
            _ => Err(StoreError::Unavailable(format!("the blobs of {} came too late", self.key))),
        }
    }
}

/// A new garbage entry for what a change drops. Its id is drawn before the change, so that the rule
/// stays pure.
#[derive(Clone, Debug)]
pub struct DroppedBlobs {
    key: Key,
}

impl DroppedBlobs {
    /// Adds the entry to `changes`, which stop referring to `names`.
    #[must_use]
    pub fn take(&self, names: Vec<BlobName>, changes: Changes) -> Changes {
        if names.is_empty() {
            return changes;
        }
        changes.put(self.key.clone(), &GarbageEntry { names, state: State::Unreferenced })
    }
}

/// Reserves blobs, and deletes those that no record refers to.
pub struct BlobGarbageCollector {
    platform: Arc<Platform>,
    blobs: Arc<dyn Blobs>,
    queue: DueQueue<GarbageEntry>,
    wake: Notify,
}

impl fmt::Debug for BlobGarbageCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobGarbageCollector")
    }
}

impl BlobGarbageCollector {
    /// The collector of `blobs`.
    #[must_use]
    pub fn new(platform: &Arc<Platform>, blobs: &Arc<dyn Blobs>) -> Self {
        let (store, journal) = (Arc::clone(&platform.store), Arc::clone(&platform.journal));
        let queue = DueQueue::new(QUEUE, FARTHEST, store, journal, Arc::clone(&platform.clock));
        Self {
            platform: Arc::clone(platform),
            blobs: Arc::clone(blobs),
            queue,
            wake: Notify::new(),
        }
    }

    /// Notes that `names` are about to be written and referred to, within the hour.
    pub async fn reserve(&self, names: BTreeSet<BlobName>) -> Result<ReservedBlobs, StoreError> {
        let key = self.entry_key(GRACE);
        let entry = GarbageEntry { names: names.into_iter().collect(), state: State::Reserved };
        self.platform
            .journal
            .commit(vec![Write::put(key.clone(), Guard::Absent, encode(&entry))])
            .await?;
        Ok(ReservedBlobs { key })
    }

    /// Writes reserved blobs concurrently: each waits for the disk or the network.
    pub async fn write(
        &self,
        blobs: impl IntoIterator<Item = (BlobName, bytes::Bytes)>,
    ) -> Result<(), BlobError> {
        let puts = blobs
            .into_iter()
            .map(|(name, bytes)| async move { self.blobs.put(&name, bytes).await });
        let write = async { try_join_all(puts).await.map(drop) };
        let timed_out =
            |_| Err(BlobError::Unavailable(format!("not written within {WRITE_TIMEOUT:?}")));
        tokio::time::timeout(WRITE_TIMEOUT, write).await.unwrap_or_else(timed_out)
    }

    /// A new entry for what a change will drop.
    #[must_use]
    pub fn drop_slot(&self) -> DroppedBlobs {
        self.drop_slot_after(Duration::ZERO)
    }

    /// A new entry for blobs that are deleted after `time`, four days at most, even if a record
    /// still refers to them then.
    #[must_use]
    pub fn drop_slot_after(&self, time: Duration) -> DroppedBlobs {
        DroppedBlobs { key: self.entry_key(time.min(LONGEST)) }
    }

    /// Notifies the collector of a dropped reference: the blobs are deleted soon instead of at the
    /// next poll.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Deletes what is due, once; returns whether any of it was deleted.
    pub async fn step(&self) -> Result<bool, StoreError> {
        let mut worked = false;
        // A clock that was set forward may be put right soon, and what it finds far ahead now is
        // due then.
        let far = self.queue.is_time_for_misdated() && self.platform.clock_watch.is_steady();
        for shard in self.queue.shards() {
            let mut scan = self.queue.scan(shard, far);
            while let Some(entry) = scan.next_entry().await? {
                worked |= self.delete_blobs(&entry).await?;
            }
        }
        Ok(worked)
    }

    /// Works until `stop` turns true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        run_until(stop, POLL, Some(&self.wake), || async {
            if let Err(error) = self.step().await {
                tracing::warn!(%error, "a look into the ledger of blobs failed; it is tried again");
            }
            NextStep::Wait
        })
        .await;
    }

    /// The key of a new entry that is due after `time`.
    fn entry_key(&self, time: Duration) -> Key {
        let now = self.platform.clock.now();
        QUEUE.key(&new_ulid(now, &*self.platform.random), now.plus(time))
    }

    /// Deletes the blobs of one entry, then the entry.
    async fn delete_blobs(&self, entry: &DueEntry<GarbageEntry>) -> Result<bool, StoreError> {
        let is_reserved = entry.value.state == State::Reserved;
        // A clock that was set forward makes reserved blobs seem abandoned.
        if is_reserved && (!self.platform.clock_watch.is_steady() || !self.claim(entry).await?) {
            return Ok(false);
        }
        for name in &entry.value.names {
            if let Err(error) = self.blobs.delete(name).await {
                tracing::warn!(%error, "a blob could not be deleted; it is tried again");
                return Ok(false);
            }
        }
        self.queue.remove(entry).await?;
        Ok(true)
    }

    /// Marks reserved blobs as unreferenced before any of them is deleted. A change that still
    /// wants to refer to them has loaded the entry, so only one of both can commit. Returns whether
    /// this one did.
    async fn claim(&self, entry: &DueEntry<GarbageEntry>) -> Result<bool, StoreError> {
        let abandoned = GarbageEntry { state: State::Unreferenced, ..entry.value.clone() };
        self.queue.replace(entry, &abandoned).await
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::GarbageEntry>();
    }
}
