//! A store that fails as real ones do, and the same way for the same seed.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use selfsame_primitives::{Random, SeededRandom, Timestamp};

use crate::{
    Commit, Guard, Heard, Item, Key, Maintenance, Page, Query, ScanPage, Stats, Store, StoreError,
};

/// How often what goes wrong, each in calls of a thousand. All zero by default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// Commits (with a guard) that are refused as if another had been quicker.
    pub conflict: u64,
    /// Calls that find the store unavailable; nothing happens.
    pub unavailable: u64,
    /// Commits whose outcome stays unknown, half of which have happened.
    pub unknown: u64,
    /// Calls before which other tasks run, so that each seed is another interleaving.
    pub interleave: u64,
}

/// Wraps a store and makes it fail, by a seed, and crash at a chosen step.
///
/// A read is one step, a commit two: before it happens, and after it has, before its caller gets
/// the outcome. At the step given to [`FaultyStore::crash_at`] the process is as if dead: that call
/// and all later ones fail, until [`FaultyStore::restart`]. What was committed before is still
/// there then.
pub struct FaultyStore<S> {
    inner: Arc<S>,
    faults: Faults,
    random: SeededRandom,
    steps: Mutex<Steps>,
}

#[derive(Default)]
struct Steps {
    taken: u64,
    crash_at: Option<u64>,
    crashed: bool,
    /// Commits whose outcome was reported as unknown. A store recognizes one that has happened
    /// before it checks the guards.
    untold: BTreeSet<u128>,
}

impl<S> FaultyStore<S> {
    /// `store` with `faults` drawn from `seed`. It may be shared: others may use it without faults,
    /// or with others.
    #[must_use]
    pub fn new(store: impl Into<Arc<S>>, seed: u64, faults: Faults) -> Self {
        Self {
            inner: store.into(),
            faults,
            random: SeededRandom::new(seed),
            steps: Mutex::default(),
        }
    }

    /// The store behind the faults, to check what is really stored.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// How many steps were taken since the last restart: run a scenario once, then again with a
    /// crash at each of them.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state().taken
    }

    /// Crashes at step `step`, the first after a restart being 0.
    pub fn crash_at(&self, step: u64) {
        self.state().crash_at = Some(step);
    }

    /// Whether it has crashed.
    #[must_use]
    pub fn is_crashed(&self) -> bool {
        self.state().crashed
    }

    /// Works again, counts steps from 0, and will not crash until the next
    /// [`FaultyStore::crash_at`].
    pub fn restart(&self) {
        *self.state() = Steps::default();
    }

    fn state(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self) -> Result<(), StoreError> {
        let mut steps = self.state();
        steps.crashed |= steps.crash_at.is_some_and(|step| steps.taken >= step);
        steps.taken += 1;
        if steps.crashed { Err(StoreError::Unavailable("crashed".into())) } else { Ok(()) }
    }

    fn happens(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.draw(1000) < per_mille
    }

    fn draw(&self, bound: u64) -> u64 {
        let random: &dyn Random = &self.random;
        random.below(bound)
    }

    async fn enter(&self) -> Result<(), StoreError> {
        if self.happens(self.faults.interleave) {
            yield_once().await;
        }
        self.step()?;
        if self.happens(self.faults.unavailable) {
            return Err(StoreError::Unavailable("injected".into()));
        }
        Ok(())
    }

    fn conflict(&self, commit: &Commit) -> Result<(), StoreError> {
        let guarded: Vec<&Key> = commit
            .writes
            .iter()
            .filter(|write| write.guard != Guard::Any)
            .map(|write| &write.key)
            .collect();
        let untold = self.state().untold.contains(&commit.token.number());
        if guarded.is_empty() || !self.happens(self.faults.conflict) || untold {
            return Ok(());
        }
        let chosen = usize::try_from(self.draw(guarded.len() as u64)).unwrap_or(0);
        guarded.get(chosen).map_or(Ok(()), |key| Err(StoreError::Conflict((*key).clone())))
    }
}

/// Lets other tasks run first.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn unknown(why: &str) -> StoreError {
    StoreError::Unknown(why.into())
}

#[async_trait]
impl<S: Store> Store for FaultyStore<S> {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.enter().await?;
        self.inner.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.enter().await?;
        self.inner.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.enter().await?;
        self.inner.query(query).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.enter().await?;
        self.conflict(&commit)?;
        let lost = self.happens(self.faults.unknown);
        if lost {
            self.state().untold.insert(commit.token.number());
        }
        if lost && self.draw(2) == 0 {
            return Err(unknown("injected, not done"));
        }
        self.inner.commit(commit).await?;
        self.step().map_err(|_| unknown("crashed behind the commit"))?;
        if lost { Err(unknown("injected, done")) } else { Ok(()) }
    }
}

#[async_trait]
impl<S: Maintenance> Maintenance for FaultyStore<S> {
    async fn scan(
        &self,
        partition_prefix: &str,
        after: Option<&Key>,
    ) -> Result<ScanPage, StoreError> {
        self.enter().await?;
        self.inner.scan(partition_prefix, after).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.enter().await?;
        self.inner.sweep(before).await
    }

    async fn backup(&self, path: &Path) -> Result<(), StoreError> {
        self.enter().await?;
        self.inner.backup(path).await
    }

    fn watch(&self, heard: Heard) {
        self.inner.watch(heard);
    }

    async fn check_place(&self) -> Result<(), StoreError> {
        self.enter().await?;
        self.inner.check_place().await
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        self.enter().await?;
        self.inner.stats().await
    }
}
