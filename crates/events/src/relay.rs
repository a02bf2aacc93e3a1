//! Turns pointers of the outbox into to-dos, and has them worked off.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_basics::UserId;
use selfsame_items::{Guard, Item, Query, StoreError, Write, decode};
use tokio::sync::watch;

use crate::outbox::{self, Pointer, SHARDS};
use crate::todo::{Lane, Todo};
use crate::worker::Worker;
use crate::{Journal, Reactor};

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
        Self { journal, reactors, reached: Arc::new(reached) }
    }

    /// Works until `stop` turns true: one task for the outbox and one for each reactor, so that no reactor waits for another.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let mut tasks = tokio::task::JoinSet::new();
        for reactor in &self.reactors {
            let worker = Worker::new(Arc::clone(&self.journal), Arc::clone(reactor));
            let stop = stop.clone();
            tasks.spawn(async move {
                let journal = Arc::clone(worker.journal());
                repeat(&journal, stop, || worker.step()).await;
            });
        }
        let journal = Arc::clone(&self.journal);
        tasks.spawn(async move { repeat(&journal, stop, || self.step()).await });
        while tasks.join_next().await.is_some() {}
    }

    /// Works until nothing is due any more. What failed and waits for its next try is not due.
    pub async fn drain(&self) -> Result<(), StoreError> {
        loop {
            let mut worked = self.step().await?;
            for reactor in &self.reactors {
                worked |= Worker::new(Arc::clone(&self.journal), Arc::clone(reactor)).step().await?;
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
            writes.extend(self.extend(&reactor, subject, from, until).await?);
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

    async fn extend(
        &self,
        reactor: &str,
        subject: UserId,
        from: u64,
        until: u64,
    ) -> Result<Vec<Write>, StoreError> {
        let lane = Lane::of(reactor, &subject);
        let before = lane.load(&**self.journal.store(), &subject).await?;
        let after = match &before {
            Some((todo, _)) => {
                Todo { from: todo.from.min(from), until: todo.until.max(until), ..todo.clone() }
            }
            None => Todo { subject, from, until, due: self.journal.clock().now(), attempts: 0, replay: None },
        };
        Ok(lane.replace(before.as_ref().map(|(todo, guard)| (todo, *guard)), Some(&after)))
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

/// Repeats `step` until `stop`: at once while there is work, else when woken or after [`POLL`].
async fn repeat<F, S>(journal: &Journal, mut stop: watch::Receiver<bool>, next: S)
where
    F: Future<Output = Result<bool, StoreError>>,
    S: Fn() -> F,
{
    while !*stop.borrow() {
        let woken = journal.wake.notified();
        match next().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a step of the relay failed; it is tried again"),
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(POLL) => {}
            _ = stop.changed() => {}
        }
    }
}
