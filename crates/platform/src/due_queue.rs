//! Stored entries with a due time. They are written with the change that asks for them, and any
//! node handles them when their time has come.
//!
//! A queue has a few partitions (shards), each sorted by due time. [`DueLayout`] says where an
//! entry lies; it is pure, so that a rule can use it. [`DueQueue`] finds what is due, in one of two
//! ways:
//!
//! - [`DueQueue::scan`] gives every due entry. Two nodes may handle one at the same time, so this
//!   is for work that may be repeated. The entry is removed after the work.
//! - [`DueQueue::due`] and [`DueQueue::lease`] move entries to a later time before the work, so
//!   that one node has them for so long. [`DueQueue::settle`] ends the lease.
//!
//! In both ways an entry outlives a crash of the node that handles it, and is handled again.
//! Entries that are damaged go to quarantine; those that a later release has written stay where
//! they are, and keep no other from being found.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use std::vec;

use selfsame_events::quarantine::{Read, read_or_set_aside};
use selfsame_events::supervision::progress;
use selfsame_events::{Changes, Journal};
use selfsame_primitives::{Clock, Every, Timestamp};
use selfsame_store::{Guard, Item, Key, Query, Record, Revision, Store, StoreError, Write, encode};

/// How often [`DueQueue::is_time_for_misdated`] returns true.
const LOOK_FOR_MISDATED_EVERY: Duration = Duration::from_mins(1);

/// Where the entries of a queue lie: at `{due}/{id}` of a shard that the id chooses.
pub struct DueLayout<T> {
    shards: u8,
    partition: fn(u8) -> String,
    hash: fn(&str) -> u64,
    entries: PhantomData<fn() -> T>,
}

impl<T> Clone for DueLayout<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for DueLayout<T> {}

impl<T> fmt::Debug for DueLayout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DueLayout({})", (self.partition)(0))
    }
}

impl<T: Record> DueLayout<T> {
    /// A queue of `shards` partitions, so that no partition takes all entries. An entry's shard
    /// depends on the last byte of its id, which should be random, as that of a ULID is.
    ///
    /// The number of shards, their names and the hash decide where stored entries are looked for:
    /// none of them may change.
    #[must_use]
    pub const fn new(shards: u8, partition: fn(u8) -> String) -> Self {
        Self { shards, partition, hash: last_byte, entries: PhantomData }
    }

    /// The same queue, where `hash` of an id, modulo the number of shards, chooses its shard.
    #[must_use]
    pub const fn with_hash(mut self, hash: fn(&str) -> u64) -> Self {
        self.hash = hash;
        self
    }

    /// Where the entry `id` lies while it is due at `due`: to load it, guard it or delete it in a
    /// change.
    #[must_use]
    pub fn key(&self, id: &str, due: Timestamp) -> Key {
        let shard = (self.hash)(id) % u64::from(self.shards.max(1));
        let partition = (self.partition)(u8::try_from(shard).unwrap_or(0));
        Key::new(partition, format!("{}{id}", before_all(due)))
    }

    /// `changes`, with the entry `id` put into the queue.
    #[must_use]
    pub fn schedule(&self, changes: Changes, id: &str, due: Timestamp, value: &T) -> Changes {
        changes.put(self.key(id, due), value)
    }

    fn all(&self, shard: u8) -> Query {
        Query::prefix((self.partition)(shard), "")
    }
}

fn last_byte(id: &str) -> u64 {
    id.bytes().next_back().unwrap_or_default().into()
}

/// The sort key before all entries that are due at `due`: 13 digits of milliseconds last until the
/// year 2286.
fn before_all(due: Timestamp) -> String {
    format!("{:013}/", due.millis())
}

/// An entry of a queue, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueEntry<T> {
    /// What the entry holds.
    pub value: T,
    key: Key,
    revision: Revision,
}

impl<T> DueEntry<T> {
    /// The id that it was scheduled with.
    #[must_use]
    pub fn id(&self) -> &str {
        id_in(&self.key)
    }
}

/// An entry that no other node finds until its lease ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeasedEntry<T> {
    /// What the entry holds.
    pub value: T,
    key: Key,
}

impl<T> LeasedEntry<T> {
    /// The id that it was scheduled with.
    #[must_use]
    pub fn id(&self) -> &str {
        id_in(&self.key)
    }
}

fn id_in(key: &Key) -> &str {
    key.sort.split_once('/').map_or(&key.sort, |(_, id)| id)
}

/// What becomes of a leased entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settled<T> {
    /// It is deleted.
    Done,
    /// It is tried again.
    Again {
        /// Not before this time.
        due: Timestamp,
        /// What the entry holds from now on.
        value: T,
    },
}

/// Reads and writes the entries of a queue.
pub struct DueQueue<T> {
    layout: DueLayout<T>,
    longest: Duration,
    store: Arc<dyn Store>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    misdated: Every,
}

impl<T> fmt::Debug for DueQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DueQueue({})", (self.layout.partition)(0))
    }
}

impl<T: Record> DueQueue<T> {
    /// The queue that lies in `store` by `layout`. No entry is scheduled further ahead than
    /// `longest`, which includes how far the clocks of nodes may differ: an entry that is due later
    /// was scheduled by a clock that was set wrong (it is "misdated"), and counts as due.
    #[must_use]
    pub const fn new(
        layout: DueLayout<T>,
        longest: Duration,
        store: Arc<dyn Store>,
        journal: Arc<Journal>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let misdated = Every::new(LOOK_FOR_MISDATED_EVERY);
        Self { layout, longest, store, journal, clock, misdated }
    }

    /// The numbers of all shards.
    #[must_use]
    pub const fn shards(&self) -> Range<u8> {
        0..self.layout.shards
    }

    /// Whether a round over the shards should read misdated entries, too: once a minute. It costs a
    /// query a shard, and almost always finds nothing. A caller whose work can't be undone also
    /// asks its [`ClockWatch`](selfsame_primitives::ClockWatch), since a clock that was set forward
    /// makes right entries look misdated.
    pub fn is_time_for_misdated(&self) -> bool {
        self.misdated.is_time(self.clock.monotonic())
    }

    /// All entries of `shard` that are due, and where `with_misdated` is set all that are misdated.
    #[must_use]
    pub fn scan(&self, shard: u8, with_misdated: bool) -> DueScan<'_, T> {
        let (query, page) = (Some(self.query_due(shard)), Vec::new().into_iter());
        DueScan { queue: self, shard, query, with_misdated, page }
    }

    /// Replaces the value of `entry` in place; `false` where another node has changed or removed it
    /// since it was read.
    pub async fn replace(&self, entry: &DueEntry<T>, value: &T) -> Result<bool, StoreError> {
        let guard = Guard::Revision(entry.revision);
        unless_late(
            self.journal.commit(vec![Write::put(entry.key.clone(), guard, encode(value))]).await,
        )
    }

    /// Removes `entry`, whatever has become of it since it was read.
    pub async fn remove(&self, entry: &DueEntry<T>) -> Result<(), StoreError> {
        self.journal.commit(vec![Write::delete(entry.key.clone(), Guard::Any)]).await
    }

    /// Up to `limit` entries of `shard` that are due, the longest-waiting first, and where
    /// `with_misdated` is set up to `limit` that are misdated. Returns at least one where there is
    /// any that can be read.
    ///
    /// A lease takes two writes an entry, and a commit 100: `limit` is at most 24.
    pub async fn due(
        &self,
        shard: u8,
        limit: usize,
        with_misdated: bool,
    ) -> Result<Vec<DueEntry<T>>, StoreError> {
        let mut entries = self.first_page(self.query_due(shard).limit(limit)).await?;
        if with_misdated {
            entries.extend(self.first_page(self.query_misdated(shard).limit(limit)).await?);
        }
        Ok(entries)
    }

    /// Moves each of `entries` to the time beside it, in one commit with the writes `with`. Its
    /// value is written as it is now. `None`, and nothing written, where another node was first
    /// with one of them. The commit is limited to 100 writes, two for each entry.
    pub async fn lease(
        &self,
        entries: Vec<(DueEntry<T>, Timestamp)>,
        with: impl IntoIterator<Item = Write>,
    ) -> Result<Option<Vec<LeasedEntry<T>>>, StoreError> {
        let (mut leased, mut writes) = (Vec::with_capacity(entries.len()), Vec::new());
        for (DueEntry { value, key: from, revision }, until) in entries {
            let key = self.layout.key(id_in(&from), until);
            let guard = Guard::Revision(revision);
            writes.extend(moved(from, guard, (key.clone(), Guard::Absent), &value));
            leased.push(LeasedEntry { value, key });
        }
        writes.extend(with);
        if writes.is_empty() {
            return Ok(Some(leased));
        }
        Ok(unless_late(self.journal.commit(writes).await)?.then_some(leased))
    }

    /// Ends the lease of `entry`, in one commit with the writes `with`. `false`, and nothing
    /// written, where the lease has run out and another node has the entry, or a guard of `with`
    /// does not hold.
    pub async fn settle(
        &self,
        entry: LeasedEntry<T>,
        end: Settled<T>,
        with: impl IntoIterator<Item = Write>,
    ) -> Result<bool, StoreError> {
        // The key identifies a lease: each one ends at a time of its own.
        let Some(item) = self.store.get(&entry.key).await? else { return Ok(false) };
        let guard = Guard::Revision(item.revision);
        let mut writes = match end {
            Settled::Done => vec![Write::delete(entry.key, guard)],
            Settled::Again { due, value } => {
                let to = (self.layout.key(entry.id(), due), Guard::Any);
                moved(entry.key, guard, to, &value)
            }
        };
        writes.extend(with);
        unless_late(self.journal.commit(writes).await)
    }

    /// The first page of `query` on which there is any entry that can be read.
    async fn first_page(&self, mut query: Query) -> Result<Vec<DueEntry<T>>, StoreError> {
        loop {
            let page = self.store.query(&query).await?;
            let mut entries = Vec::with_capacity(page.items.len());
            for item in page.items {
                entries.extend(self.read(item).await?);
            }
            if !entries.is_empty() || page.next.is_none() {
                return Ok(entries);
            }
            query = query.after(page.next);
        }
    }

    async fn read(&self, item: Item) -> Result<Option<DueEntry<T>>, StoreError> {
        Ok(match read_or_set_aside(&self.journal, &item).await? {
            Read::Record(value) => Some(DueEntry { value, key: item.key, revision: item.revision }),
            Read::SetAside | Read::Newer => None,
        })
    }

    fn query_due(&self, shard: u8) -> Query {
        let mut query = self.layout.all(shard);
        query.until = Some(before_all(self.clock.now().plus(Duration::from_millis(1))));
        query
    }

    fn query_misdated(&self, shard: u8) -> Query {
        let mut query = self.layout.all(shard);
        query.from = before_all(self.clock.now().plus(self.longest));
        query
    }
}

/// What moves the entry at `from` to another key; a commit takes no more than one write for a key.
fn moved<T: Record>(from: Key, guard: Guard, to: (Key, Guard), value: &T) -> Vec<Write> {
    if from == to.0 {
        vec![Write::put(from, guard, encode(value))]
    } else {
        vec![Write::delete(from, guard), Write::put(to.0, to.1, encode(value))]
    }
}

/// Whether a commit happened; `false` where a guard did not hold.
fn unless_late(outcome: Result<(), StoreError>) -> Result<bool, StoreError> {
    match outcome {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives entries one after the other, a page of the store at a time; made by [`DueQueue::scan`].
pub struct DueScan<'q, T> {
    queue: &'q DueQueue<T>,
    shard: u8,
    /// The page that is read next.
    query: Option<Query>,
    with_misdated: bool,
    page: vec::IntoIter<Item>,
}

impl<T> fmt::Debug for DueScan<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DueScan({:?}, shard {})", self.queue, self.shard)
    }
}

impl<T: Record> DueScan<'_, T> {
    /// The next entry; `None` at the end. Each item that is read counts as progress of the task.
    /// After an error the scan is not used any more.
    pub async fn next_entry(&mut self) -> Result<Option<DueEntry<T>>, StoreError> {
        loop {
            for item in self.page.by_ref() {
                progress();
                if let Some(entry) = self.queue.read(item).await? {
                    return Ok(Some(entry));
                }
            }
            let query = match self.query.take() {
                Some(query) => query,
                None if std::mem::take(&mut self.with_misdated) => {
                    self.queue.query_misdated(self.shard)
                }
                None => return Ok(None),
            };
            let page = self.queue.store.query(&query).await?;
            self.query = page.next.map(|next| query.after(Some(next)));
            self.page = page.items.into_iter();
        }
    }
}

#[cfg(test)]
mod tests;
