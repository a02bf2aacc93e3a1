//! Delivers the events of one subscription.

mod call_handler;
mod find_due;
mod record_results;

use std::collections::HashSet;
use std::slice;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use selfsame_primitives::{Every, MonotonicTime, Timestamp, UserId};
use selfsame_store::{Guard, StoreError, Write, decode};
use tokio::sync::watch;

use self::find_due::{DueEntry, FARTHEST};
use crate::delivery_cursor::{self, CursorEntry, CursorShard, DeadLetter, DeliveryCursor};
use crate::event_handler::LONGEST_PAUSE;
use crate::run_steps::run_steps;
use crate::shards::Shards;
use crate::supervision::{Supervisor, progress};
use crate::{DeliveryAttempt, Entry, Event, EventHandler, HandlerError, Journal};

/// The lease of a claimed cursor. After it another worker may claim the cursor.
const LEASE: Duration = Duration::from_mins(1);
/// The timeout of one call of the handler.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);
/// The most events of one user that are delivered under one lease.
const EVENTS: u64 = 64;
/// Users whose events are delivered concurrently.
const WIDTH: usize = 32;
/// After so many failures an event is given up: with the pauses of [`pause`], after about three
/// days.
const ATTEMPTS: u32 = 24;
/// No delivery starts later than this after its claim was sent: the delivery under way may take
/// [`HANDLER_TIMEOUT`], and both must fit into a lease. Measured by the monotonic clock, since the
/// wall clock may be set meanwhile.
const RUN_LIMIT: Duration = Duration::from_secs(25);
/// How often workers look for cursors that are due later than [`find_due::FARTHEST`].
const LOOK_FAR_EVERY: Duration = Duration::from_mins(1);
/// So long an event waits whose entry only a later release can read. An upgrade may take days, and
/// many users may wait for it, so each of them costs one read a minute.
const UNTIL_READABLE: Duration = Duration::from_mins(1);
/// Pauses are longer by up to one part in so many, so that what failed together is not retried
/// together.
const JITTER: u64 = 10;

pub(crate) struct DeliveryWorker {
    journal: Arc<Journal>,
    handler: Arc<dyn EventHandler>,
    /// Subjects of cursors that a later release has written.
    passed_over: Mutex<HashSet<UserId>>,
    /// When to look for cursors that are due later than [`find_due::FARTHEST`].
    far_look: Every,
}

/// A cursor that this worker has claimed.
struct Claimed {
    cursor: DeliveryCursor,
    /// When the claim was sent. The lease counts from here, whenever the store commits it.
    sent_at: MonotonicTime,
}

/// The progress of one run over a claimed cursor.
struct DeliveryRun {
    /// The cursor as it was when it was claimed.
    claimed: DeliveryCursor,
    /// The first event that is not delivered.
    reached: u64,
    /// Why the run stopped there.
    stop: Option<Stop>,
    dead_letters: Vec<DeadLetter>,
}

/// Why a delivery is postponed.
struct Stop {
    reason: String,
    /// How long.
    pause: Duration,
    /// Whether it counts as a failed attempt.
    is_failure: bool,
}

impl DeliveryWorker {
    pub(crate) fn new(journal: Arc<Journal>, handler: Arc<dyn EventHandler>) -> Self {
        Self {
            journal,
            handler,
            passed_over: Mutex::default(),
            far_look: Every::new(LOOK_FAR_EVERY),
        }
    }

    /// Delivers until `stop` turns true, restarted by `supervisor`. Looks for due cursors when the
    /// notifier signals a shard, and in all shards every `poll`.
    pub(crate) async fn run(
        self,
        supervisor: Arc<Supervisor>,
        poll: Duration,
        stop: watch::Receiver<bool>,
    ) {
        let notifier = self.journal.notifiers.of(self.handler.name());
        let work = || run_steps(&notifier, poll, stop.clone(), |shards| self.step(shards));
        supervisor.supervise(&format!("reactor.{}", self.handler.name()), stop.clone(), work).await;
    }

    /// Delivers what is due in `shards`; returns the shards in which there was something.
    pub(crate) async fn step(&self, shards: Shards) -> Result<Shards, StoreError> {
        let mut worked = Shards::NONE;
        if !self.handler.ready().await {
            return Ok(worked);
        }
        for due_entries in self.due(shards).await?.chunks(WIDTH) {
            worked |= self.work(due_entries).await?;
            if !self.handler.ready().await {
                break;
            }
        }
        Ok(worked)
    }

    fn now(&self) -> Timestamp {
        self.journal.clock().now()
    }

    /// Delivers the events of `entries` concurrently; returns the shards in which there was
    /// something.
    async fn work(&self, due_entries: &[DueEntry]) -> Result<Shards, StoreError> {
        let claimed = self.claim(due_entries).await?;
        let mut worked = Shards::NONE;
        // Entries after the cursors that wait for a later release may not have been read yet, so
        // their shards count as worked on.
        for entry in due_entries.iter().filter(|entry| self.passed_over().contains(&entry.subject))
        {
            worked |= Shards::of(&entry.subject);
        }
        for claimed in &claimed {
            worked |= Shards::of(&claimed.cursor.subject);
        }
        let runs = claimed.into_iter().map(|claimed| self.run_cursor(claimed));
        let mut runs = stream::iter(runs).buffer_unordered(WIDTH).ready_chunks(WIDTH);
        let mut outcome = Ok(());
        // Finished runs are recorded at once: a result must not wait for slower runs until its
        // lease ends.
        while let Some(finished) = runs.next().await {
            let mut done = Vec::with_capacity(finished.len());
            for run in finished {
                outcome = outcome.and(run.map(|run| done.push(run)));
            }
            outcome = outcome.and(self.record_results(done).await);
            progress();
        }
        outcome.map(|()| worked)
    }

    /// Claims cursors by moving them into the future. Leaves out those that another worker claimed
    /// first.
    ///
    /// One commit claims them all where there is no conflict, and one each where there is.
    async fn claim(&self, due_entries: &[DueEntry]) -> Result<Vec<Claimed>, StoreError> {
        let together = self.claim_together(due_entries).await;
        if !matches!(together, Err(StoreError::Conflict(_))) {
            return together;
        }
        let mut claimed = Vec::new();
        for entry in due_entries {
            match self.claim_together(slice::from_ref(entry)).await {
                Err(StoreError::Conflict(_)) => {}
                outcome => claimed.extend(outcome?),
            }
        }
        Ok(claimed)
    }

    /// Claims all of `entries` in one commit. Fails with [`StoreError::Conflict`] where one of them
    /// was changed in between.
    async fn claim_together(&self, due_entries: &[DueEntry]) -> Result<Vec<Claimed>, StoreError> {
        let (mut claimed, mut writes) = (Vec::new(), Vec::new());
        let sent_at = self.journal.clock().monotonic();
        let found = self.load(due_entries.iter().map(|entry| &entry.subject)).await?;
        for (entry, found) in due_entries.iter().zip(found) {
            let cursor_shard = self.cursor_shard(&entry.subject);
            match found {
                CursorEntry::Cursor(cursor, guard) if is_due(&cursor, self.now()) => {
                    let due = self.now().plus(LEASE);
                    let own = DeliveryCursor {
                        due,
                        epoch: cursor.epoch.wrapping_add(1),
                        ..cursor.clone()
                    };
                    writes.extend(cursor_shard.replace(Some((&cursor, guard)), Some(&own)));
                    claimed.push(Claimed { cursor: own, sent_at });
                }
                // Another worker holds the lease.
                CursorEntry::Cursor(..) => {}
                // A discarded or quarantined cursor leaves its entry in the list. The check guards
                // against a cursor that was made in between, which needs the entry.
                CursorEntry::Absent => {
                    writes.push(Write::check(cursor_shard.key(&entry.subject), Guard::Absent));
                    writes.push(Write::delete(entry.key.clone(), Guard::Any));
                }
                CursorEntry::Newer => {
                    self.passed_over().insert(entry.subject.clone());
                }
            }
        }
        if !writes.is_empty() {
            self.journal.commit(writes).await?;
        }
        Ok(claimed)
    }

    fn cursor_shard(&self, subject: &UserId) -> CursorShard {
        CursorShard::of(self.handler.name(), subject)
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
        let cursor = &claimed.cursor;
        let mut run = DeliveryRun {
            claimed: cursor.clone(),
            reached: cursor.from,
            stop: None,
            dead_letters: Vec::new(),
        };
        let end = cursor.until.min(cursor.from.saturating_add(EVENTS));
        while run.reached < end {
            let failed_before = if run.reached == cursor.from { cursor.attempts } else { 0 };
            match self.deliver(&claimed, run.reached, failed_before).await? {
                DeliveryResult::Done => {}
                DeliveryResult::Dead(dead_letter) => run.dead_letters.push(*dead_letter),
                DeliveryResult::Later(stop) => {
                    run.stop = Some(stop);
                    break;
                }
                DeliveryResult::RunLimit => break,
            }
            run.reached += 1;
        }
        Ok(run)
    }

    async fn deliver(
        &self,
        claimed: &Claimed,
        sequence: u64,
        failed_before: u32,
    ) -> Result<DeliveryResult, StoreError> {
        let subject = &claimed.cursor.subject;
        // A missing entry was erased with its user, or has expired.
        let Some(item) = self.journal.store().get(&Entry::key(subject, sequence)).await? else {
            return Ok(DeliveryResult::Done);
        };
        let entry = match decode::<Entry>(&item.body).map_err(StoreError::from) {
            Ok(entry) => entry,
            // Only a later release can read the entry, and later events of the user must wait for
            // it. The handler was not called, so this is no attempt: all attempts are left once the
            // entry is readable.
            Err(error @ StoreError::Newer(_)) => {
                let pause = self.with_jitter(UNTIL_READABLE);
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
        if !self.handler.handles(&event.event_type) {
            return Ok(DeliveryResult::Done);
        }
        let number = failed_before + 1;
        let pause = (number < ATTEMPTS).then(|| self.pause(number));
        let attempt = DeliveryAttempt { number, pause };
        // As late as possible: anything awaited until now may have taken longer than the lease.
        if self.journal.clock().monotonic().since(claimed.sent_at) >= RUN_LIMIT {
            return Ok(DeliveryResult::RunLimit);
        }
        let (reason, requested) = match self.call_handler(&event, cause.as_deref(), attempt).await {
            Ok(()) => return Ok(DeliveryResult::Done),
            Err(HandlerError::Retry(reason)) => (reason, None),
            Err(HandlerError::RetryAfter(reason, requested)) => (reason, Some(requested)),
            Err(HandlerError::GiveUp(reason)) => return Ok(self.give_up(event, reason)),
        };
        Ok(match attempt.next(requested) {
            Some(pause) => DeliveryResult::Later(Stop { reason, pause, is_failure: true }),
            None => self.give_up(event, reason),
        })
    }

    /// The pause after the `attempts`-th failure, with chance in it.
    fn pause(&self, attempts: u32) -> Duration {
        self.with_jitter(pause(attempts))
    }

    fn with_jitter(&self, pause: Duration) -> Duration {
        let most = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) / JITTER;
        (pause + Duration::from_millis(self.journal.random().below(most))).min(LONGEST_PAUSE)
    }
}

fn is_due(cursor: &DeliveryCursor, now: Timestamp) -> bool {
    cursor.due <= now || cursor.due > now.plus(FARTHEST)
}

enum DeliveryResult {
    Done,
    Dead(Box<DeadLetter>),
    Later(Stop),
    /// Nothing was delivered, since the lease may end before the handler returns.
    RunLimit,
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
    fn pauses_grow_and_all_attempts_take_about_three_days() {
        let total: Duration = (1..ATTEMPTS).map(pause).sum();
        assert_eq!(pause(1), Duration::from_secs(1));
        let days = total.as_secs_f64() / 86_400.0;
        assert!((2.5..3.5).contains(&days), "{days} days");
    }
}
