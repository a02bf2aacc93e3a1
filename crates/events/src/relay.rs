//! Turns pointers of the outbox into to-dos, and has them worked off.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_basics::UserId;
use selfsame_items::{Guard, Item, Query, StoreError, Write, decode};
use tokio::sync::watch;

use crate::crew::Crew;
use crate::outbox::{self, Pointer};
use crate::repeat::repeat;
use crate::shards::{SHARDS, Shards};
use crate::todo::{self, Lane};
use crate::worker::Worker;
use crate::{Journal, Reactor, Roster};

/// Pointers of one step in each shard, at most.
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
            let bell = self.journal.wakes.of(reactor.name());
            tasks.spawn(async move { repeat(&bell, POLL, stop, |shards| worker.step(shards)).await });
        }
        if let Some(roster) = self.roster.clone() {
            let crew = Crew::new(Arc::clone(&self.journal), roster);
            tasks.spawn(crew.run(stop.clone()));
        }
        tasks.spawn(async move { repeat(&self.journal.bell, POLL, stop, |shards| self.step(shards)).await });
        while tasks.join_next().await.is_some() {}
    }

    /// Works until nothing is due any more. What failed and waits for its next try is not due.
    pub async fn drain(&self) -> Result<(), StoreError> {
        loop {
            let mut worked = self.step(Shards::ALL).await?;
            for reactor in &self.reactors {
                worked |=
                    Worker::new(Arc::clone(&self.journal), Arc::clone(reactor)).step(Shards::ALL).await?;
            }
            if let Some(roster) = &self.roster {
                for member in roster.members().await? {
                    worked |= Worker::new(Arc::clone(&self.journal), member).step(Shards::ALL).await?;
                }
            }
            if worked.is_empty() {
                return Ok(());
            }
        }
    }

    /// Moves on what waits in `shards` of the outbox, a page of each; says in which of them there may be more.
    async fn step(&self, shards: Shards) -> Result<Shards, StoreError> {
        let (mut found, mut items, mut ends) = (Shards::NONE, Vec::new(), Vec::new());
        let all = (0..SHARDS).zip(self.reached.iter());
        for (shard, reached) in all.filter(|(shard, _)| shards.has(*shard)) {
            let after = lock(reached).clone();
            let query = Query::prefix(outbox::partition(shard), "").limit(STEP).after(after.clone());
            let page = self.journal.store().query(&query).await?;
            if after.is_some() || !page.items.is_empty() {
                found |= Shards::one(shard);
            }
            items.extend(page.items);
            ends.push((reached, page.next));
        }
        // Where not all is moved on, the next step begins where this one began.
        if self.move_on(&items).await? {
            for (reached, end) in ends {
                *lock(reached) = end;
            }
        }
        Ok(found)
    }

    /// Moves `items` on, in as few commits as they fit into; says whether all were, since no pointer of a user may overtake another.
    async fn move_on(&self, mut items: &[Item]) -> Result<bool, StoreError> {
        while !items.is_empty() {
            let (some, rest) = items.split_at(fitting(items)?);
            if self.move_some(some).await? < some.len() {
                return Ok(false);
            }
            items = rest;
        }
        Ok(true)
    }

    /// Moves on the first of `items`, all if nobody comes in between; says how many.
    async fn move_some(&self, mut items: &[Item]) -> Result<usize, StoreError> {
        loop {
            match self.move_together(items).await {
                Ok(()) => return Ok(items.len()),
                // Another relay or worker was quicker with one of them. The fewer they are, the rarer that is.
                Err(StoreError::Conflict(_)) if items.len() > 1 => items = items.split_at(items.len() / 2).0,
                Err(StoreError::Conflict(_)) => return Ok(0),
                Err(error) => return Err(error),
            }
        }
    }

    async fn move_together(&self, items: &[Item]) -> Result<(), StoreError> {
        let wanted = wanted(items)?;
        let keys: Vec<_> =
            wanted.keys().map(|(reactor, subject)| Lane::of(reactor, subject).key(subject)).collect();
        let before = todo::load_all(&**self.journal.store(), &keys).await?;
        let now = self.journal.clock().now();
        let mut writes = Vec::new();
        for (((reactor, subject), range), before) in wanted.iter().zip(before) {
            writes.extend(Lane::of(reactor, subject).extend(before.as_ref(), now, subject, *range));
        }
        tracing::trace!(pointers = items.len(), writes = writes.len(), "outbox moved on");
        writes
            .extend(items.iter().map(|item| Write::delete(item.key.clone(), Guard::Revision(item.revision))));
        self.journal.commit(writes).await?;
        for (reactor, subject) in wanted.keys() {
            self.journal.wakes.wake(reactor, Shards::of(subject));
        }
        Ok(())
    }
}

fn lock(reached: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    reached.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many of `items` fit into one commit, with a to-do for each reactor that they name; at least one.
fn fitting(items: &[Item]) -> Result<usize, StoreError> {
    let (mut writes, mut fitting) = (0, 0);
    for item in items {
        writes += 1 + WRITES_EACH * decode::<Pointer>(&item.body)?.reactors.len();
        if writes > WRITES {
            break;
        }
        fitting += 1;
    }
    Ok(fitting.max(1))
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
