//! Works off the to-dos of one reactor.

mod call_handler;
mod record_results;

use std::collections::HashSet;
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use selfsame_primitives::{Every, MonotonicTime, Timestamp, UserId};
use selfsame_store::{Guard, Item, Key, Record as _, StoreError, Write, decode};
use tokio::sync::watch;

use crate::delivery_cursor::{self, CursorEntry, CursorShard, DeadLetter, DeliveryCursor};
use crate::event_handler::LONGEST_PAUSE;
use crate::quarantine::set_aside;
use crate::run_steps::run_steps;
use crate::shards::Shards;
use crate::supervision::{Supervisor, progress};
use crate::{DeliveryAttempt, Entry, Event, EventHandler, HandlerError, Journal};

/// A to-do that is worked on is not due for so long; then its worker is taken for dead.
const LEASE: Duration = Duration::from_mins(1);
/// One event may take so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// Events of one user that are worked off under one lease.
const EVENTS: u64 = 64;
/// Users whose events are worked on side by side.
const WIDTH: usize = 32;
/// After so many failures an event is given up: with the pauses of [`pause`] that is after about
/// three days.
const ATTEMPTS: u32 = 24;
/// No event is delivered so long after its claim was sent: the one that is under way may take
/// [`PATIENCE`], and all must fit into a lease. Measured by a clock that nobody sets.
const TURN: Duration = Duration::from_secs(25);
/// Nothing is due later than this, however long it waits for its next try; what is was put there by
/// a clock that was set wrong, and is due.
const FARTHEST: Duration = LONGEST_PAUSE.saturating_add(Duration::from_hours(1));
/// How often it is looked for that.
const LOOK_FAR_EVERY: Duration = Duration::from_mins(1);
/// So long an event waits before it is looked whether a later release, which alone can read its
/// entry, is here. That may take days, and many users may wait for it.
const UNTIL_READABLE: Duration = Duration::from_mins(1);
/// Pauses are longer by up to one part in so many, so that what failed together does not come back
/// together.
const JITTER: u64 = 10;

pub(crate) struct DeliveryWorker {
    journal: Arc<Journal>,
    reactor: Arc<dyn EventHandler>,
    /// Whose to-dos a later release has written.
    passed_over: Mutex<HashSet<UserId>>,
    /// When to look for what is due later than anything can be.
    looks_far: Every,
}

/// A place in the list that is sorted by time, and whose to-do is due there.
struct Place {
    subject: UserId,
    key: Key,
}

/// A to-do that is this worker's.
struct Claimed {
    todo: DeliveryCursor,
    /// When the claim was sent: whenever it was taken, it holds for [`LEASE`] from here.
    sent_at: MonotonicTime,
}

/// How far one turn came.
struct DeliveryRun {
    /// The to-do as it was when the turn began.
    claimed: DeliveryCursor,
    /// The first event that is not done.
    reached: u64,
    /// Why it stopped there.
    stop: Option<Stop>,
    letters: Vec<DeadLetter>,
}

/// Why an event is tried again later.
struct Stop {
    reason: String,
    /// How long it waits.
    pause: Duration,
    /// Whether it has failed, and has one try less.
    is_failure: bool,
}

impl DeliveryWorker {
    pub(crate) fn new(journal: Arc<Journal>, reactor: Arc<dyn EventHandler>) -> Self {
        Self {
            journal,
            reactor,
            passed_over: Mutex::default(),
            looks_far: Every::new(LOOK_FAR_EVERY),
        }
    }

    /// Works until `stop` turns true, kept running by `supervisor`; looks for what is due every
    /// `poll`, and when it is called.
    pub(crate) async fn run(
        self,
        supervisor: Arc<Supervisor>,
        poll: Duration,
        stop: watch::Receiver<bool>,
    ) {
        let bell = self.journal.wakes.of(self.reactor.name());
        let work = || run_steps(&bell, poll, stop.clone(), |shards| self.step(shards));
        supervisor.supervise(&format!("reactor.{}", self.reactor.name()), stop.clone(), work).await;
    }

    /// Works on what is due in `shards`; says in which of them there was something.
    pub(crate) async fn step(&self, shards: Shards) -> Result<Shards, StoreError> {
        let mut worked = Shards::NONE;
        if !self.reactor.ready().await {
            return Ok(worked);
        }
        for places in self.due(shards).await?.chunks(WIDTH) {
            worked |= self.work(places).await?;
            if !self.reactor.ready().await {
                break;
            }
        }
        Ok(worked)
    }

    /// Places of to-dos that are due in `shards`; of each up to [`WIDTH`], the longest-waiting
    /// first.
    async fn due(&self, shards: Shards) -> Result<Vec<Place>, StoreError> {
        let (mut due, mut seen) = (Vec::new(), HashSet::new());
        let looks_far = self.looks_far.is_time(self.journal.clock().monotonic());
        if looks_far {
            self.passed_over().clear();
        }
        for shard in shards.iter() {
            let lane = CursorShard::new(self.reactor.name(), shard);
            due.extend(self.due_in(&lane).await?);
            if looks_far {
                let far = self.now().plus(FARTHEST);
                let items = lane.later(&**self.journal.store(), far, WIDTH).await?;
                due.extend(self.places(items).await?);
            }
        }
        due.retain(|place| seen.insert(place.subject.clone()));
        Ok(due)
    }

    async fn due_in(&self, lane: &CursorShard) -> Result<Vec<Place>, StoreError> {
        let mut after = None;
        loop {
            let page = lane.due(&**self.journal.store(), self.now(), after, WIDTH).await?;
            let places = self.places(page.items).await?;
            // Where all of a page has to wait for a later release, what is behind it has not.
            if !places.is_empty() || page.next.is_none() {
                return Ok(places);
            }
            after = page.next;
        }
    }

    /// `items` of the list that is sorted by time, without those whose to-dos a later release has
    /// written.
    async fn places(&self, items: Vec<Item>) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::with_capacity(items.len());
        for item in items {
            match delivery_cursor::subject(&item.key.sort) {
                Some(subject) if self.passed_over().contains(&subject) => {}
                Some(subject) => places.push(Place { subject, key: item.key }),
                None => {
                    set_aside(&self.journal, DeliveryCursor::KIND, &item, "its place names nobody")
                        .await?;
                }
            }
        }
        Ok(places)
    }

    fn passed_over(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.passed_over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.journal.clock().now()
    }

    /// Works on what is at `places` side by side; says in which shards there was something.
    async fn work(&self, places: &[Place]) -> Result<Shards, StoreError> {
        let claimed = self.claim(places).await?;
        let mut worked = Shards::NONE;
        // What is behind those who have to wait for a later release may not have been looked at
        // yet.
        for place in places.iter().filter(|place| self.passed_over().contains(&place.subject)) {
            worked |= Shards::of(&place.subject);
        }
        for claimed in &claimed {
            worked |= Shards::of(&claimed.todo.subject);
        }
        let turns = claimed.into_iter().map(|claimed| self.run_cursor(claimed));
        let mut turns = stream::iter(turns).buffer_unordered(WIDTH).ready_chunks(WIDTH);
        let mut outcome = Ok(());
        // What is over is noted at once, so that nobody's turn depends on how long the others'
        // take.
        while let Some(over) = turns.next().await {
            let mut done = Vec::with_capacity(over.len());
            for turn in over {
                outcome = outcome.and(turn.map(|turn| done.push(turn)));
            }
            outcome = outcome.and(self.record_results(done).await);
            progress();
        }
        outcome.map(|()| worked)
    }

    /// Moves to-dos into the future, so that nobody else works on them; leaves out where somebody
    /// else was quicker.
    async fn claim(&self, places: &[Place]) -> Result<Vec<Claimed>, StoreError> {
        let together = self.claim_together(places).await;
        if !matches!(together, Err(StoreError::Conflict(_))) {
            return together;
        }
        let mut claimed = Vec::new();
        for place in places {
            match self.claim_together(slice::from_ref(place)).await {
                Err(StoreError::Conflict(_)) => {}
                outcome => claimed.extend(outcome?),
            }
        }
        Ok(claimed)
    }

    /// The same; fails with [`StoreError::Conflict`] where somebody else was quicker with one of
    /// them.
    async fn claim_together(&self, places: &[Place]) -> Result<Vec<Claimed>, StoreError> {
        let (mut claimed, mut writes) = (Vec::new(), Vec::new());
        let sent_at = self.journal.clock().monotonic();
        let found = self.load(places.iter().map(|place| &place.subject)).await?;
        for (place, found) in places.iter().zip(found) {
            let lane = self.cursor_shard(&place.subject);
            match found {
                CursorEntry::Todo(todo, guard) if is_due(&todo, self.now()) => {
                    let due = self.now().plus(LEASE);
                    let own =
                        DeliveryCursor { due, epoch: todo.epoch.wrapping_add(1), ..todo.clone() };
                    writes.extend(lane.replace(Some((&todo, guard)), Some(&own)));
                    claimed.push(Claimed { todo: own, sent_at });
                }
                // Somebody else is at it.
                CursorEntry::Todo(..) => {}
                // What was taken back, or set aside, leaves its place in the list behind.
                CursorEntry::Nothing => {
                    writes.push(Write::check(lane.key(&place.subject), Guard::Absent));
                    writes.push(Write::delete(place.key.clone(), Guard::Any));
                }
                CursorEntry::Newer => {
                    self.passed_over().insert(place.subject.clone());
                }
            }
        }
        if !writes.is_empty() {
            self.journal.commit(writes).await?;
        }
        Ok(claimed)
    }

    fn cursor_shard(&self, subject: &UserId) -> CursorShard {
        CursorShard::of(self.reactor.name(), subject)
    }

    async fn load(
        &self,
        subjects: impl Iterator<Item = &UserId>,
    ) -> Result<Vec<CursorEntry>, StoreError> {
        let keys: Vec<_> =
            subjects.map(|subject| self.cursor_shard(subject).key(subject)).collect();
        delivery_cursor::load_all(&self.journal, &keys).await
    }

    async fn run_cursor(&self, claimed: Claimed) -> Result<DeliveryRun, StoreError> {
        let todo = &claimed.todo;
        let mut turn = DeliveryRun {
            claimed: todo.clone(),
            reached: todo.from,
            stop: None,
            letters: Vec::new(),
        };
        let end = todo.until.min(todo.from.saturating_add(EVENTS));
        while turn.reached < end {
            let failed_before = if turn.reached == todo.from { todo.attempts } else { 0 };
            match self.deliver(&claimed, turn.reached, failed_before).await? {
                DeliveryResult::Done => {}
                DeliveryResult::Dead(letter) => turn.letters.push(*letter),
                DeliveryResult::Later(stop) => {
                    turn.stop = Some(stop);
                    break;
                }
                DeliveryResult::TimeIsUp => break,
            }
            turn.reached += 1;
        }
        Ok(turn)
    }

    async fn deliver(
        &self,
        claimed: &Claimed,
        sequence: u64,
        failed_before: u32,
    ) -> Result<DeliveryResult, StoreError> {
        let subject = &claimed.todo.subject;
        // An entry that is gone was erased with its user, or is older than entries are kept.
        let Some(item) = self.journal.store().get(&Entry::key(subject, sequence)).await? else {
            return Ok(DeliveryResult::Done);
        };
        let entry = match decode::<Entry>(&item.body).map_err(StoreError::from) {
            Ok(entry) => entry,
            // Nobody but a later release can tell it, and what comes after it must wait. Nobody was
            // told, so that is no try: however long it takes, all are left then.
            Err(error @ StoreError::Newer(_)) => {
                let pause = self.with_chance(UNTIL_READABLE);
                let stop = Stop { reason: error.to_string(), pause, is_failure: false };
                return Ok(DeliveryResult::Later(stop));
            }
            Err(error) => {
                return Ok(self
                    .give_up(Event::unreadable(subject, sequence, self.now()), error.to_string()));
            }
        };
        let cause = entry.traceparent.clone();
        let event = entry.into_event(subject.clone(), sequence);
        if !self.reactor.handles(&event.event_type) {
            return Ok(DeliveryResult::Done);
        }
        let number = failed_before + 1;
        let pause = (number < ATTEMPTS).then(|| self.pause(number));
        let attempt = DeliveryAttempt { number, pause };
        // As late as can be: whatever was waited for until now may have taken longer than the
        // lease.
        if self.journal.clock().monotonic().since(claimed.sent_at) >= TURN {
            return Ok(DeliveryResult::TimeIsUp);
        }
        let (reason, asked) = match self.call_handler(&event, cause.as_deref(), attempt).await {
            Ok(()) => return Ok(DeliveryResult::Done),
            Err(HandlerError::Retry(reason)) => (reason, None),
            Err(HandlerError::RetryAfter(reason, asked)) => (reason, Some(asked)),
            Err(HandlerError::GiveUp(reason)) => return Ok(self.give_up(event, reason)),
        };
        Ok(match attempt.next(asked) {
            Some(pause) => DeliveryResult::Later(Stop { reason, pause, is_failure: true }),
            None => self.give_up(event, reason),
        })
    }

    /// The pause after the `attempts`-th failure, with chance in it.
    fn pause(&self, attempts: u32) -> Duration {
        self.with_chance(pause(attempts))
    }

    fn with_chance(&self, pause: Duration) -> Duration {
        let most = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) / JITTER;
        (pause + Duration::from_millis(self.journal.random().below(most))).min(LONGEST_PAUSE)
    }
}

fn is_due(todo: &DeliveryCursor, now: Timestamp) -> bool {
    todo.due <= now || todo.due > now.plus(FARTHEST)
}

enum DeliveryResult {
    Done,
    Dead(Box<DeadLetter>),
    Later(Stop),
    /// Nothing was done, since somebody else may be at it soon.
    TimeIsUp,
}

/// The pause after the `attempts`-th failure: one second, doubled each time up to
/// [`LONGEST_PAUSE`].
fn pause(attempts: u32) -> Duration {
    Duration::from_secs(1_u64 << attempts.saturating_sub(1).min(20)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_all_tries_take_about_three_days() {
        let total: Duration = (1..ATTEMPTS).map(pause).sum();
        assert_eq!(pause(1), Duration::from_secs(1));
        let days = total.as_secs_f64() / 86_400.0;
        assert!((2.5..3.5).contains(&days), "{days} days");
    }
}
