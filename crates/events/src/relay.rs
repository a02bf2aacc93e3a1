//! Distributes outbox records to delivery cursors, and runs the delivery workers.

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

/// Outbox records of one step in each shard, at most.
const STEP: usize = 24;
/// Writes of a commit, at most.
const WRITES: usize = 100;
/// Writes of one cursor: itself, its entry in the list sorted by time, and the deletion of an old
/// entry.
const WRITES_EACH: usize = 3;
/// How often all shards are read without a notification: other nodes can't notify this one.
const POLL: Duration = Duration::from_secs(1);

/// Distributes events to event handlers.
#[derive(Clone)]
pub struct Relay {
    journal: Arc<Journal>,
    handlers: Vec<Arc<dyn EventHandler>>,
    source: Option<Arc<dyn SubscriptionSource>>,
    /// How far the last round came in each shard, so that no user waits behind users earlier in the
    /// alphabet.
    reached: Arc<Vec<Mutex<Option<String>>>>,
}

/// An outbox record that is being distributed.
struct PendingRecord {
    item: Item,
    record: OutboxRecord,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.handlers.iter().map(|handler| handler.name())).finish()
    }
}

impl Relay {
    /// A relay that distributes the events of `journal` to `handlers`.
    #[must_use]
    pub fn new(journal: Arc<Journal>, handlers: Vec<Arc<dyn EventHandler>>) -> Self {
        let reached = std::iter::repeat_with(Mutex::default).take(usize::from(SHARDS)).collect();
        Self { journal, handlers, source: None, reached: Arc::new(reached) }
    }

    /// The same relay, which also delivers to the members of `source`. No outbox record names them:
    /// their events are enqueued by [`crate::enqueue`].
    #[must_use]
    pub fn with_roster(mut self, source: Arc<dyn SubscriptionSource>) -> Self {
        self.source = Some(source);
        self
    }

    /// Works until `stop` turns true: one task for the outbox and one for each handler, so that no
    /// handler waits for another. Each is restarted by `supervisor`.
    pub async fn run(self, supervisor: Arc<Supervisor>, stop: watch::Receiver<bool>) {
        let mut tasks = tokio::task::JoinSet::new();
        for handler in &self.handlers {
            let worker = DeliveryWorker::new(Arc::clone(&self.journal), Arc::clone(handler));
            tasks.spawn(worker.run(Arc::clone(&supervisor), POLL, stop.clone()));
        }
        if let Some(source) = &self.source {
            let (journal, source) = (Arc::clone(&self.journal), Arc::clone(source));
            let (task_supervisor, stop) = (Arc::clone(&supervisor), stop.clone());
            tasks.spawn(async move {
                let run = || {
                    HandlerSupervisor::new(&journal, &source, &task_supervisor).run(stop.clone())
                };
                task_supervisor.supervise("roster", stop.clone(), run).await;
            });
        }
        tasks.spawn(async move {
            let outbox = || {
                run_steps(&self.journal.outbox_notifier, POLL, stop.clone(), |shards| {
                    self.step(shards)
                })
            };
            supervisor.supervise("outbox", stop.clone(), outbox).await;
        });
        while tasks.join_next().await.is_some() {}
    }

    /// Works until nothing is due any more. A failed delivery that waits for its next attempt is
    /// not due.
    pub async fn drain(&self) -> Result<(), StoreError> {
        // A worker caches which subjects it passed over, so each lasts until all is done.
        let mut workers = BTreeMap::new();
        loop {
            let mut worked = self.step(Shards::ALL).await?;
            let mut handlers = self.handlers.clone();
            if let Some(source) = &self.source {
                handlers.extend(source.members().await?);
            }
            for handler in handlers {
                let name = handler.name().to_owned();
                let delivery = workers
                    .entry(name)
                    .or_insert_with(|| DeliveryWorker::new(Arc::clone(&self.journal), handler));
                worked |= delivery.step(Shards::ALL).await?;
            }
            if worked.is_empty() {
                return Ok(());
            }
        }
    }

    /// Distributes the outbox records in `shards`, a page of each; returns the shards in which
    /// there may be more.
    async fn step(&self, shards: Shards) -> Result<Shards, StoreError> {
        let (mut worked, mut pending, mut ends) = (Shards::NONE, Vec::new(), Vec::new());
        let all = (0..SHARDS).zip(self.reached.iter());
        for (shard, reached) in all.filter(|(shard, _)| shards.has(*shard)) {
            let after = lock(reached).clone();
            let query =
                Query::prefix(outbox::partition(shard), "").limit(STEP).after(after.clone());
            let page = self.journal.store().query(&query).await?;
            let (readable, blocked) = self.readable(page.items).await?;
            if after.is_some() || !readable.is_empty() {
                worked |= Shards::one(shard);
            }
            pending.extend(readable);
            // A user who is blocked at the end of the page is blocked after it, too.
            ends.push((
                reached,
                page.next.map(|next| blocked.map_or(next, |user| format!("{user}/~"))),
            ));
        }
        // Where not all were distributed, the next step starts where this one did.
        if self.distribute(pending).await? {
            for (reached, end) in ends {
                *lock(reached) = end;
            }
        }
        Ok(worked)
    }

    /// The records of `items`, one page of a shard, that can be distributed, and the user who is
    /// blocked at its end. A damaged record is set aside. One that a later release has written
    /// stays, and so do later records of the same user.
    async fn readable(
        &self,
        items: Vec<Item>,
    ) -> Result<(Vec<PendingRecord>, Option<String>), StoreError> {
        let (mut readable, mut blocked) = (Vec::with_capacity(items.len()), None);
        for item in items {
            // The page is sorted by user.
            let user = item.key.sort.rsplit_once('/').map_or("", |(user, _)| user);
            if blocked.as_deref() == Some(user) {
                continue;
            }
            blocked = None;
            match read_or_set_aside(&self.journal, &item).await? {
                Read::Record(record) => readable.push(PendingRecord { item, record }),
                Read::SetAside => {}
                Read::Newer => blocked = Some(user.to_owned()),
            }
        }
        Ok((readable, blocked))
    }

    /// Distributes all of `moving`, in as few commits as they fit into; returns whether all were,
    /// since no record of a user may overtake another. A record that waits for a cursor that a
    /// later release has written stays, and blocks no other user.
    async fn distribute(&self, mut pending: Vec<PendingRecord>) -> Result<bool, StoreError> {
        while let Some(first) = pending.first() {
            let user = first.record.subject.clone();
            let some = pending.get(..fitting(&pending)).unwrap_or(&pending);
            match self.distribute_some(some).await {
                Ok(moved) if moved < some.len() => return Ok(false),
                Ok(moved) => drop(pending.drain(..moved)),
                Err(StoreError::Newer(_)) => pending.retain(|one| one.record.subject != user),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Distributes the first of `moving`, all where there is no conflict; returns how many. Fails
    /// with [`StoreError::Newer`] where the very first one has to wait for a later release.
    async fn distribute_some(&self, mut pending: &[PendingRecord]) -> Result<usize, StoreError> {
        loop {
            match self.distribute_together(pending).await {
                Ok(()) => return Ok(pending.len()),
                // Another relay or worker changed one of the cursors. Fewer cursors in a commit
                // make that rarer.
                Err(StoreError::Conflict(_) | StoreError::Newer(_)) if pending.len() > 1 => {
                    pending = pending.split_at(pending.len() / 2).0;
                }
                Err(StoreError::Conflict(_)) => return Ok(0),
                Err(error) => return Err(error),
            }
        }
    }

    async fn distribute_together(&self, pending: &[PendingRecord]) -> Result<(), StoreError> {
        let cursor_ranges = cursor_ranges(pending);
        let keys: Vec<_> = cursor_ranges
            .keys()
            .map(|(subscription, subject)| CursorShard::of(subscription, subject).key(subject))
            .collect();
        let before = delivery_cursor::load_all(&self.journal, &keys).await?;
        let mut writes = Vec::new();
        for (((subscription, subject), range), before) in cursor_ranges.iter().zip(before) {
            let before = match before {
                CursorEntry::Cursor(cursor, guard) => Some((cursor, guard)),
                CursorEntry::Absent => None,
                CursorEntry::Newer => return Err(newer()),
            };
            let cursor_shard = CursorShard::of(subscription, subject);
            writes.extend(cursor_shard.extend(&self.journal, before.as_ref(), subject, *range));
        }
        tracing::trace!(pointers = pending.len(), writes = writes.len(), "outbox moved on");
        // Relays need no leases: of two that distribute a record one fails at this guard.
        let delete = |PendingRecord { item, .. }: &PendingRecord| {
            Write::delete(item.key.clone(), Guard::Revision(item.revision))
        };
        writes.extend(pending.iter().map(delete));
        self.journal.commit(writes).await?;
        for (subscription, subject) in cursor_ranges.keys() {
            self.journal.notifiers.wake(subscription, Shards::of(subject));
        }
        Ok(())
    }
}

fn lock(reached: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    reached.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many of `moving` fit into one commit, with a cursor for each subscription that they name; at
/// least one.
fn fitting(pending: &[PendingRecord]) -> usize {
    let sizes = pending.iter().scan(0, |writes, one| {
        *writes += 1 + WRITES_EACH * one.record.reactors.len();
        Some(*writes)
    });
    sizes.take_while(|writes| *writes <= WRITES).count().max(1)
}

type CursorRanges = BTreeMap<(String, UserId), (u64, u64)>;

/// For each subscription and subject, the range of events that `moving` names.
fn cursor_ranges(pending: &[PendingRecord]) -> CursorRanges {
    let mut ranges = BTreeMap::new();
    for PendingRecord { record, .. } in pending {
        for subscription in &record.reactors {
            let range = ranges
                .entry((subscription.clone(), record.subject.clone()))
                .or_insert((record.from, record.until));
            *range = (range.0.min(record.from), range.1.max(record.until));
        }
    }
    ranges
}
