//! Turns pointers of the outbox into to-dos, and has them worked off.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_primitives::UserId;
use selfsame_store::{Guard, Item, Query, StoreError, Write};
use tokio::sync::watch;

use crate::delivery_cursor::{self, CursorEntry, CursorShard, newer};
use crate::delivery_worker::DeliveryWorker;
use crate::handler_supervisor::HandlerSupervisor;
use crate::outbox::{self, OutboxRecord};
use crate::quarantine::{Read, read_or_set_aside};
use crate::run_steps::run_steps;
use crate::shards::{SHARDS, Shards};
use crate::supervision::Supervisor;
use crate::{EventHandler, Journal, SubscriptionSource};

/// Pointers of one step in each shard, at most.
const STEP: usize = 24;
/// Writes of a commit, at most.
const WRITES: usize = 100;
/// Writes of one to-do, which may lie at another time already.
const WRITES_EACH: usize = 3;
/// How long to wait before looking again when nothing was said to be there: other nodes can't wake
/// this one.
const POLL: Duration = Duration::from_secs(1);

/// Brings events to reactors.
#[derive(Clone)]
pub struct Relay {
    journal: Arc<Journal>,
    reactors: Vec<Arc<dyn EventHandler>>,
    roster: Option<Arc<dyn SubscriptionSource>>,
    /// How far the last round came in each shard, so that no user waits behind those who are
    /// earlier in the alphabet.
    reached: Arc<Vec<Mutex<Option<String>>>>,
}

/// A pointer on its way.
struct Moving {
    item: Item,
    pointer: OutboxRecord,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.reactors.iter().map(|reactor| reactor.name())).finish()
    }
}

impl Relay {
    /// A relay that brings the events of `journal` to `reactors`.
    #[must_use]
    pub fn new(journal: Arc<Journal>, reactors: Vec<Arc<dyn EventHandler>>) -> Self {
        let reached = std::iter::repeat_with(Mutex::default).take(usize::from(SHARDS)).collect();
        Self { journal, reactors, roster: None, reached: Arc::new(reached) }
    }

    /// The same relay, which works for the members of `roster`, too. Nothing in the outbox names
    /// them: what they have to do comes by [`crate::queue`].
    #[must_use]
    pub fn with_roster(mut self, roster: Arc<dyn SubscriptionSource>) -> Self {
        self.roster = Some(roster);
        self
    }

    /// Works until `stop` turns true: one task for the outbox and one for each reactor, so that no
    /// reactor waits for another. Each is kept running by `supervisor`.
    pub async fn run(self, supervisor: Arc<Supervisor>, stop: watch::Receiver<bool>) {
        let mut tasks = tokio::task::JoinSet::new();
        for reactor in &self.reactors {
            let worker = DeliveryWorker::new(Arc::clone(&self.journal), Arc::clone(reactor));
            tasks.spawn(worker.run(Arc::clone(&supervisor), POLL, stop.clone()));
        }
        if let Some(roster) = &self.roster {
            let (journal, roster) = (Arc::clone(&self.journal), Arc::clone(roster));
            let (keeper, stop) = (Arc::clone(&supervisor), stop.clone());
            tasks.spawn(async move {
                let crew = || HandlerSupervisor::new(&journal, &roster, &keeper).run(stop.clone());
                keeper.supervise("roster", stop.clone(), crew).await;
            });
        }
        tasks.spawn(async move {
            let outbox =
                || run_steps(&self.journal.bell, POLL, stop.clone(), |shards| self.step(shards));
            supervisor.supervise("outbox", stop.clone(), outbox).await;
        });
        while tasks.join_next().await.is_some() {}
    }

    /// Works until nothing is due any more. What failed and waits for its next try is not due.
    pub async fn drain(&self) -> Result<(), StoreError> {
        // A worker remembers whom it passed over, so each lasts until all is done.
        let mut workers = BTreeMap::new();
        loop {
            let mut found = self.step(Shards::ALL).await?;
            let mut reactors = self.reactors.clone();
            if let Some(roster) = &self.roster {
                reactors.extend(roster.members().await?);
            }
            for reactor in reactors {
                let name = reactor.name().to_owned();
                let worker = workers
                    .entry(name)
                    .or_insert_with(|| DeliveryWorker::new(Arc::clone(&self.journal), reactor));
                found |= worker.step(Shards::ALL).await?;
            }
            if found.is_empty() {
                return Ok(());
            }
        }
    }

    /// Moves on what waits in `shards` of the outbox, a page of each; says in which of them there
    /// may be more.
    async fn step(&self, shards: Shards) -> Result<Shards, StoreError> {
        let (mut found, mut moving, mut ends) = (Shards::NONE, Vec::new(), Vec::new());
        let all = (0..SHARDS).zip(self.reached.iter());
        for (shard, reached) in all.filter(|(shard, _)| shards.has(*shard)) {
            let after = lock(reached).clone();
            let query =
                Query::prefix(outbox::partition(shard), "").limit(STEP).after(after.clone());
            let page = self.journal.store().query(&query).await?;
            let (readable, held) = self.readable(page.items).await?;
            if after.is_some() || !readable.is_empty() {
                found |= Shards::one(shard);
            }
            moving.extend(readable);
            // Whoever is held up at the end of the page is held up behind it, too.
            ends.push((
                reached,
                page.next.map(|next| held.map_or(next, |owner| format!("{owner}/~"))),
            ));
        }
        // Where not all is moved on, the next step begins where this one began.
        if self.distribute(moving).await? {
            for (reached, end) in ends {
                *lock(reached) = end;
            }
        }
        Ok(found)
    }

    /// Those of `items`, which are one page of a shard, that can be moved on, and whose are held up
    /// at the end of it. What is damaged is set aside; what a later release has written stays, and
    /// what the same user did after it.
    async fn readable(
        &self,
        items: Vec<Item>,
    ) -> Result<(Vec<Moving>, Option<String>), StoreError> {
        let (mut readable, mut held) = (Vec::with_capacity(items.len()), None);
        for item in items {
            // The page is sorted by user.
            let owner = item.key.sort.rsplit_once('/').map_or("", |(owner, _)| owner);
            if held.as_deref() == Some(owner) {
                continue;
            }
            held = None;
            match read_or_set_aside(&self.journal, &item).await? {
                Read::Record(pointer) => readable.push(Moving { item, pointer }),
                Read::SetAside => {}
                Read::Newer => held = Some(owner.to_owned()),
            }
        }
        Ok((readable, held))
    }

    /// Moves all of `moving` on, in as few commits as they fit into; says whether all were, since
    /// no pointer of a user may overtake another. What waits for a to-do that a later release has
    /// written stays, and keeps nobody else.
    async fn distribute(&self, mut moving: Vec<Moving>) -> Result<bool, StoreError> {
        while let Some(first) = moving.first() {
            let owner = first.pointer.subject.clone();
            let some = moving.get(..fitting(&moving)).unwrap_or(&moving);
            match self.move_some(some).await {
                Ok(moved) if moved < some.len() => return Ok(false),
                Ok(moved) => drop(moving.drain(..moved)),
                Err(StoreError::Newer(_)) => moving.retain(|one| one.pointer.subject != owner),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Moves on the first of `moving`, all if nobody comes in between; says how many. Fails with
    /// [`StoreError::Newer`] where the very first one has to wait for a later release.
    async fn move_some(&self, mut moving: &[Moving]) -> Result<usize, StoreError> {
        loop {
            match self.move_together(moving).await {
                Ok(()) => return Ok(moving.len()),
                // Another relay or worker was quicker with one of them. The fewer they are, the
                // rarer that is.
                Err(StoreError::Conflict(_) | StoreError::Newer(_)) if moving.len() > 1 => {
                    moving = moving.split_at(moving.len() / 2).0;
                }
                Err(StoreError::Conflict(_)) => return Ok(0),
                Err(error) => return Err(error),
            }
        }
    }

    async fn move_together(&self, moving: &[Moving]) -> Result<(), StoreError> {
        let wanted = wanted(moving);
        let keys: Vec<_> = wanted
            .keys()
            .map(|(reactor, subject)| CursorShard::of(reactor, subject).key(subject))
            .collect();
        let before = delivery_cursor::load_all(&self.journal, &keys).await?;
        let mut writes = Vec::new();
        for (((reactor, subject), range), before) in wanted.iter().zip(before) {
            let before = match before {
                CursorEntry::Todo(todo, guard) => Some((todo, guard)),
                CursorEntry::Nothing => None,
                CursorEntry::Newer => return Err(newer()),
            };
            let lane = CursorShard::of(reactor, subject);
            writes.extend(lane.extend(&self.journal, before.as_ref(), subject, *range));
        }
        tracing::trace!(pointers = moving.len(), writes = writes.len(), "outbox moved on");
        let delete = |Moving { item, .. }: &Moving| {
            Write::delete(item.key.clone(), Guard::Revision(item.revision))
        };
        writes.extend(moving.iter().map(delete));
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

/// How many of `moving` fit into one commit, with a to-do for each reactor that they name; at least
/// one.
fn fitting(moving: &[Moving]) -> usize {
    let sizes = moving.iter().scan(0, |writes, one| {
        *writes += 1 + WRITES_EACH * one.pointer.reactors.len();
        Some(*writes)
    });
    sizes.take_while(|writes| *writes <= WRITES).count().max(1)
}

type CursorRanges = BTreeMap<(String, UserId), (u64, u64)>;

/// For each reactor and subject, the range of events that the pointers of `moving` name.
fn wanted(moving: &[Moving]) -> CursorRanges {
    let mut ranges = BTreeMap::new();
    for Moving { pointer, .. } in moving {
        for reactor in &pointer.reactors {
            let range = ranges
                .entry((reactor.clone(), pointer.subject.clone()))
                .or_insert((pointer.from, pointer.until));
            *range = (range.0.min(pointer.from), range.1.max(pointer.until));
        }
    }
    ranges
}
