//! Turns pointers of the outbox into to-dos, and has them worked off.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_basics::UserId;
use selfsame_items::{Guard, Item, Query, StoreError, Write, decode};
use tokio::sync::watch;

use crate::crew::Crew;
use crate::outbox::{self, Pointer, SHARDS};
use crate::repeat::repeat;
use crate::todo::Lane;
use crate::worker::Worker;
use crate::{Journal, Reactor, Roster};

/// Pointers of one step, at most.
const STEP: usize = 24;
/// Writes of a commit, at most.
const WRITES: usize = 100;
/// Writes of one to-do, which may lie at another time already.
const WRITES_EACH: usize = 3;
/// How long to wait before looking again when nothing was said to be there: other nodes can't wake this one.
const POLL: Duration = Duration::from_secs(1);

/// Brings events to reactors.
#[derive(Clone)]
pub struct Relay {
    journal: Arc<Journal>,
    reactors: Vec<Arc<dyn Reactor>>,
    roster: Option<Arc<dyn Roster>>,
    /// How far the last round came in each shard, so that no user waits behind those who are earlier in the alphabet.
    reached: Arc<Vec<Mutex<Option<String>>>>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.reactors.iter().map(|reactor| reactor.name())).finish()
    }
}

impl Relay {
    /// A relay that brings the events of `journal` to `reactors`.
    #[must_use]
    pub fn new(journal: Arc<Journal>, reactors: Vec<Arc<dyn Reactor>>) -> Self {
        let reached = std::iter::repeat_with(Mutex::default).take(usize::from(SHARDS)).collect();
        Self { journal, reactors, roster: None, reached: Arc::new(reached) }
    }

    /// The same relay, which works for the members of `roster`, too. Nothing in the outbox names them: what they have to do
    /// comes by [`crate::queue`].
    #[must_use]
    pub fn with_roster(mut self, roster: Arc<dyn Roster>) -> Self {
        self.roster = Some(roster);
        self
    }

    /// Works until `stop` turns true: one task for the outbox and one for each reactor, so that no reactor waits for another.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let mut tasks = tokio::task::JoinSet::new();
        for reactor in &self.reactors {
            let worker = Worker::new(Arc::clone(&self.journal), Arc::clone(reactor));
            let stop = stop.clone();
            tasks.spawn(async move {
                let wake = Arc::clone(&worker.journal().wake);
                repeat(&wake, POLL, stop, || worker.step()).await;
            });
        }
        if let Some(roster) = self.roster.clone() {
            let crew = Crew::new(Arc::clone(&self.journal), roster);
            tasks.spawn(crew.run(stop.clone()));
        }
        let wake = Arc::clone(&self.journal.wake);
        tasks.spawn(async move { repeat(&wake, POLL, stop, || self.step()).await });
        while tasks.join_next().await.is_some() {}
    }

    /// Works until nothing is due any more. What failed and waits for its next try is not due.
    pub async fn drain(&self) -> Result<(), StoreError> {
        loop {
            let mut worked = self.step().await?;
            for reactor in &self.reactors {
                worked |= Worker::new(Arc::clone(&self.journal), Arc::clone(reactor)).step().await?;
            }
            if let Some(roster) = &self.roster {
                for member in roster.members().await? {
                    worked |= Worker::new(Arc::clone(&self.journal), member).step().await?;
                }
            }
            if !worked {
                return Ok(());
            }
        }
    }

    /// Moves on what waits in the outbox, one step for each shard; says whether there was anything.
    async fn step(&self) -> Result<bool, StoreError> {
        let mut worked = false;
        for (shard, reached) in (0..SHARDS).zip(self.reached.iter()) {
            let after = lock(reached).clone();
            let next = self.step_shard(shard, after.clone()).await?;
            worked |= after.is_some() || next.is_some();
            *lock(reached) = next;
        }
        if worked {
            self.journal.wake.notify_waiters();
        }
        Ok(worked)
    }

    /// Moves on what lies behind `after`; says how far it came, or `None` at the end of the shard.
    async fn step_shard(&self, shard: u8, after: Option<String>) -> Result<Option<String>, StoreError> {
        let query = Query::prefix(outbox::partition(shard), "").limit(STEP).after(after.clone());
        let items = together(self.journal.store().query(&query).await?.items)?;
        let Some(last) = items.last().map(|item| item.key.sort.clone()) else { return Ok(None) };
        let mut writes = Vec::new();
        for ((reactor, subject), (from, until)) in wanted(&items)? {
            let lane = Lane::of(&reactor, &subject);
            let (store, now) = (&**self.journal.store(), self.journal.clock().now());
            writes.extend(lane.extend(store, now, subject, (from, until)).await?);
        }
        tracing::trace!(shard, pointers = items.len(), writes = writes.len(), "outbox moved on");
        writes.extend(items.into_iter().map(|item| Write::delete(item.key, Guard::Revision(item.revision))));
        match self.journal.commit(writes).await {
            Ok(()) => Ok(Some(last)),
            // Another relay or worker was quicker with one of them: look again at what is left.
            Err(StoreError::Conflict(_)) => Ok(after.or(Some(String::new()))),
            Err(error) => Err(error),
        }
    }
}

fn lock(reached: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    reached.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first of `items` that fit into one commit, with a to-do for each reactor that they name.
fn together(mut items: Vec<Item>) -> Result<Vec<Item>, StoreError> {
    let (mut writes, mut fitting) = (0, 0);
    for item in &items {
        writes += 1 + WRITES_EACH * decode::<Pointer>(&item.body)?.reactors.len();
        if writes > WRITES {
            break;
        }
        fitting += 1;
    }
    items.truncate(fitting.max(1));
    Ok(items)
}

type Wanted = BTreeMap<(String, UserId), (u64, u64)>;

/// For each reactor and subject, the range of events that the pointers in `items` name.
fn wanted(items: &[Item]) -> Result<Wanted, StoreError> {
    let mut ranges = BTreeMap::new();
    for item in items {
        let pointer: Pointer = decode(&item.body)?;
        for reactor in pointer.reactors {
            let range =
                ranges.entry((reactor, pointer.subject.clone())).or_insert((pointer.from, pointer.until));
            *range = (range.0.min(pointer.from), range.1.max(pointer.until));
        }
    }
    Ok(ranges)
}
