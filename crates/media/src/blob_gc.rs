//! The ledger of blobs: none is lost, none is left behind.
//!
//! A blob and the record that refers to it lie in two places that can't be written at once. So
//! before blobs are written, a note says that they are expected; the commit that refers to them
//! deletes the note. The commit that drops a reference puts a note that they are dropped. Wherever
//! a crash falls, every blob is referred to or noted, and the [`BlobGarbageCollector`] deletes what
//! is noted and due. `docs/decisions/0010-blob-ledger.md` tells why it is so.

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

/// Where the notes lie.
const NOTES: DueLayout<GarbageEntry> = DueLayout::new(8, |shard| format!("blob-ledger/{shard:02}"));
/// Expected blobs must be referred to within this time.
const GRACE: Duration = Duration::from_hours(1);
/// Writing expected blobs is given up after this time, long before anybody collects them: a write
/// that comes later than the collector would leave a blob that nobody knows of.
const PATIENCE: Duration = Duration::from_mins(10);
/// Nothing is noted for longer ahead.
pub const LONGEST: Duration = Duration::from_hours(4 * 24);
/// Nothing is due later than this: nodes' clocks may differ a little. What is was noted by a clock
/// that was set wrong, and is due.
const FARTHEST: Duration = LONGEST.saturating_add(Duration::from_hours(1));
/// How long to wait before looking again when nothing was said to be there: other nodes can't wake
/// this one.
const POLL: Duration = Duration::from_secs(10);

/// Some blobs, and why they are noted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct GarbageEntry {
    names: Vec<BlobName>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Somebody is about to refer to them.
    #[serde(rename = "expected")]
    Reserved,
    /// Nobody refers to them, and nobody will.
    #[serde(rename = "dropped")]
    Unreferenced,
}

impl Record for GarbageEntry {
    const KIND: &'static str = "blob-note";
}

/// Blobs that were noted as expected, and that a change is about to refer to.
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

    /// Adds to `changes`, which refer to the blobs, that they are not awaited any more. Fails where
    /// they were taken for abandoned meanwhile.
    pub fn apply(&self, loaded: &Loaded, changes: Changes) -> Result<Changes, StoreError> {
        match loaded.get::<GarbageEntry>(&self.key)? {
            Some(GarbageEntry { state: State::Reserved, .. }) => {
                Ok(changes.delete(self.key.clone()))
            }
            _ => Err(StoreError::Unavailable(format!("the blobs of {} came too late", self.key))),
        }
    }
}

/// A free place in the ledger for what a change drops. Made before the change, since a rule knows
/// no chance.
#[derive(Clone, Debug)]
pub struct DroppedBlobs {
    key: Key,
}

impl DroppedBlobs {
    /// Adds to `changes`, which stop referring to `names`, that nobody needs them any more.
    #[must_use]
    pub fn take(&self, names: Vec<BlobName>, changes: Changes) -> Changes {
        if names.is_empty() {
            return changes;
        }
        changes.put(self.key.clone(), &GarbageEntry { names, state: State::Unreferenced })
    }
}

/// Notes blobs, and deletes those that nobody refers to.
pub struct BlobGarbageCollector {
    platform: Arc<Platform>,
    blobs: Arc<dyn Blobs>,
    notes: DueQueue<GarbageEntry>,
    wake: Notify,
}

impl fmt::Debug for BlobGarbageCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ledger")
    }
}

impl BlobGarbageCollector {
    /// The ledger of what lies in `blobs`.
    #[must_use]
    pub fn new(platform: &Arc<Platform>, blobs: &Arc<dyn Blobs>) -> Self {
        let (store, journal) = (Arc::clone(&platform.store), Arc::clone(&platform.journal));
        let notes = DueQueue::new(NOTES, FARTHEST, store, journal, Arc::clone(&platform.clock));
        Self {
            platform: Arc::clone(platform),
            blobs: Arc::clone(blobs),
            notes,
            wake: Notify::new(),
        }
    }

    /// Notes that `names` are about to be written and referred to, within the hour.
    pub async fn reserve(&self, names: BTreeSet<BlobName>) -> Result<ReservedBlobs, StoreError> {
        let key = self.place(GRACE);
        let note = GarbageEntry { names: names.into_iter().collect(), state: State::Reserved };
        self.platform
            .journal
            .commit(vec![Write::put(key.clone(), Guard::Absent, encode(&note))])
            .await?;
        Ok(ReservedBlobs { key })
    }

    /// Writes blobs that are expected, side by side: each waits for the disk or the network.
    pub async fn write(
        &self,
        blobs: impl IntoIterator<Item = (BlobName, bytes::Bytes)>,
    ) -> Result<(), BlobError> {
        let puts = blobs
            .into_iter()
            .map(|(name, bytes)| async move { self.blobs.put(&name, bytes).await });
        let write = async { try_join_all(puts).await.map(drop) };
        let late = |_| Err(BlobError::Unavailable(format!("not written within {PATIENCE:?}")));
        tokio::time::timeout(PATIENCE, write).await.unwrap_or_else(late)
    }

    /// A place for what a change will drop.
    #[must_use]
    pub fn drop_slot(&self) -> DroppedBlobs {
        self.drop_slot_after(Duration::ZERO)
    }

    /// A place for what will be deleted after `time`, four days at most, whoever refers to it then.
    #[must_use]
    pub fn drop_slot_after(&self, time: Duration) -> DroppedBlobs {
        DroppedBlobs { key: self.place(time.min(LONGEST)) }
    }

    /// Says that something may have been dropped: it is deleted soon instead of at the next look.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Deletes what is due, once; says whether any of it could be done.
    pub async fn step(&self) -> Result<bool, StoreError> {
        let mut worked = false;
        // A clock that was set forward may be put right soon, and what it finds far ahead now is
        // due then.
        let far = self.notes.is_time_for_misdated() && self.platform.clock_watch.is_steady();
        for shard in self.notes.shards() {
            let mut scan = self.notes.scan(shard, far);
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

    /// A free place that is due after `time`.
    fn place(&self, time: Duration) -> Key {
        let now = self.platform.clock.now();
        NOTES.key(&new_ulid(now, &*self.platform.random), now.plus(time))
    }

    /// Deletes the blobs of one note, then the note.
    async fn delete_blobs(&self, entry: &DueEntry<GarbageEntry>) -> Result<bool, StoreError> {
        let is_expected = entry.value.state == State::Reserved;
        // A clock that was set forward makes what is expected seem abandoned.
        if is_expected && (!self.platform.clock_watch.is_steady() || !self.claim(entry).await?) {
            return Ok(false);
        }
        for name in &entry.value.names {
            if let Err(error) = self.blobs.delete(name).await {
                tracing::warn!(%error, "a blob could not be deleted; it is tried again");
                return Ok(false);
            }
        }
        self.notes.remove(entry).await?;
        Ok(true)
    }

    /// Takes expected blobs for abandoned before any of them is deleted: whoever still wants to
    /// refer to them has loaded the note, so that only one of both can commit. Says whether it was
    /// us.
    async fn claim(&self, entry: &DueEntry<GarbageEntry>) -> Result<bool, StoreError> {
        let abandoned = GarbageEntry { state: State::Unreferenced, ..entry.value.clone() };
        self.notes.replace(entry, &abandoned).await
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
