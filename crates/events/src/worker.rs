//! Works off the to-dos of one reactor.

use std::collections::HashSet;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use selfsame_basics::{Timestamp, UserId};
use selfsame_items::{Guard, StoreError, Write, decode, encode};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::links;
use crate::reactor::LONGEST_PAUSE;
use crate::shards::Shards;
use crate::todo::{self, DeadLetter, Lane, Todo};
use crate::{Attempt, Entry, Event, Failure, Journal, Reactor};

/// A to-do that is worked on is not due for so long; then its worker is taken for dead.
const LEASE: Duration = Duration::from_mins(1);
/// One event may take so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// Events of one user that are worked off under one lease.
const EVENTS: u64 = 64;
/// Users whose events are worked on side by side.
const WIDTH: usize = 32;
/// After so many failures an event is given up: with the pauses of [`pause`] that is after about three days.
const ATTEMPTS: u32 = 24;
/// A turn begins no event after so long: the one that it is at may take [`PATIENCE`], and all must fit into a lease.
const TURN: Duration = Duration::from_secs(25);
/// Pauses are longer by up to one part in so many, so that what failed together does not come back together.
const JITTER: u64 = 10;

#[derive(Clone)]
pub(crate) struct Worker {
    journal: Arc<Journal>,
    reactor: Arc<dyn Reactor>,
}

/// How far one turn came.
struct Turn {
    /// The to-do as it was when the turn began.
    claimed: Todo,
    /// The first event that is not done.
    reached: u64,
    /// Why it stopped there, and for how long.
    failure: Option<(String, Duration)>,
    letters: Vec<DeadLetter>,
}

impl Worker {
    pub(crate) fn new(journal: Arc<Journal>, reactor: Arc<dyn Reactor>) -> Self {
        Self { journal, reactor }
    }

    /// Works on what is due in `shards`; says in which of them there was something.
    pub(crate) async fn step(&self, shards: Shards) -> Result<Shards, StoreError> {
        let mut worked = Shards::NONE;
        if !self.reactor.ready().await {
            return Ok(worked);
        }
        for subjects in self.due(shards).await?.chunks(WIDTH) {
            worked |= self.work(subjects).await?;
            if !self.reactor.ready().await {
                break;
            }
        }
        Ok(worked)
    }

    /// Whose to-dos are due in `shards`; of each up to [`WIDTH`], the longest-waiting first.
    async fn due(&self, shards: Shards) -> Result<Vec<UserId>, StoreError> {
        let (mut due, mut seen) = (Vec::new(), HashSet::new());
        for shard in shards.iter() {
            let lane = Lane::new(self.reactor.name(), shard);
            due.extend(lane.due(&**self.journal.store(), self.now(), WIDTH).await?);
        }
        // What is taken back may leave a user's old place in the list behind.
        due.retain(|subject| seen.insert(subject.clone()));
        Ok(due)
    }

    fn now(&self) -> Timestamp {
        self.journal.clock().now()
    }

    /// Works for `subjects` side by side; says in which shards there was something.
    async fn work(&self, subjects: &[UserId]) -> Result<Shards, StoreError> {
        let claimed = self.claim(subjects).await?;
        let mut worked = Shards::NONE;
        for todo in &claimed {
            worked |= Shards::of(&todo.subject);
        }
        let turns = claimed.into_iter().map(|todo| self.turn(todo));
        let mut turns = stream::iter(turns).buffer_unordered(WIDTH).ready_chunks(WIDTH);
        let mut outcome = Ok(());
        // What is over is noted at once, so that nobody's turn depends on how long the others' take.
        while let Some(over) = turns.next().await {
            let mut done = Vec::with_capacity(over.len());
            for turn in over {
                outcome = outcome.and(turn.map(|turn| done.push(turn)));
            }
            outcome = outcome.and(self.settle(done).await);
        }
        outcome.map(|()| worked)
    }

    /// Moves to-dos into the future, so that nobody else works on them; leaves out where somebody else was quicker.
    async fn claim(&self, subjects: &[UserId]) -> Result<Vec<Todo>, StoreError> {
        let together = self.claim_together(subjects).await;
        if !matches!(together, Err(StoreError::Conflict(_))) {
            return together;
        }
        let mut claimed = Vec::new();
        for subject in subjects {
            match self.claim_together(slice::from_ref(subject)).await {
                Err(StoreError::Conflict(_)) => {}
                outcome => claimed.extend(outcome?),
            }
        }
        Ok(claimed)
    }

    /// The same; fails with [`StoreError::Conflict`] where somebody else was quicker with one of them.
    async fn claim_together(&self, subjects: &[UserId]) -> Result<Vec<Todo>, StoreError> {
        let (mut claimed, mut writes) = (Vec::new(), Vec::new());
        let due = self.load(subjects.iter()).await?.into_iter().flatten();
        for (todo, guard) in due.filter(|(todo, _)| todo.due <= self.now()) {
            let later = Todo { due: self.now().plus(LEASE), ..todo.clone() };
            writes.extend(self.lane(&todo.subject).replace(Some((&todo, guard)), Some(&later)));
            claimed.push(later);
        }
        if !writes.is_empty() {
            self.journal.commit(writes).await?;
        }
        Ok(claimed)
    }

    fn lane(&self, subject: &UserId) -> Lane {
        Lane::of(self.reactor.name(), subject)
    }

    async fn load(
        &self,
        subjects: impl Iterator<Item = &UserId>,
    ) -> Result<Vec<Option<(Todo, Guard)>>, StoreError> {
        let keys: Vec<_> = subjects.map(|subject| self.lane(subject).key(subject)).collect();
        todo::load_all(&**self.journal.store(), &keys).await
    }

    async fn turn(&self, todo: Todo) -> Result<Turn, StoreError> {
        let mut turn = Turn { claimed: todo.clone(), reached: todo.from, failure: None, letters: Vec::new() };
        let end = todo.until.min(todo.from.saturating_add(EVENTS));
        let began = self.now();
        while turn.reached < end && (turn.reached == todo.from || self.now().since(began) < TURN) {
            let failed_before = if turn.reached == todo.from { todo.attempts } else { 0 };
            match self.deliver(&todo.subject, turn.reached, failed_before).await? {
                Delivery::Done => {}
                Delivery::Dead(letter) => turn.letters.push(*letter),
                Delivery::Later(reason, pause) => {
                    turn.failure = Some((reason, pause));
                    break;
                }
            }
            turn.reached += 1;
        }
        Ok(turn)
    }

    async fn deliver(
        &self,
        subject: &UserId,
        sequence: u64,
        failed_before: u32,
    ) -> Result<Delivery, StoreError> {
        // An entry that is gone was erased with its user, or is older than entries are kept.
        let Some(item) = self.journal.store().get(&Entry::key(subject, sequence)).await? else {
            return Ok(Delivery::Done);
        };
        let entry = decode::<Entry>(&item.body)?;
        let cause = entry.traceparent.clone();
        let event = entry.into_event(subject.clone(), sequence);
        if !self.reactor.wants(&event.event_type) {
            return Ok(Delivery::Done);
        }
        let number = failed_before + 1;
        let pause = (number < ATTEMPTS).then(|| self.pause(number));
        let attempt = Attempt { number, pause };
        let (reason, asked) = match self.tell(&event, cause.as_deref(), attempt).await {
            Ok(()) => return Ok(Delivery::Done),
            Err(Failure::Retry(reason)) => (reason, None),
            Err(Failure::RetryAfter(reason, asked)) => (reason, Some(asked)),
            Err(Failure::GiveUp(reason)) => return Ok(self.give_up(event, reason)),
        };
        Ok(match attempt.next(asked) {
            Some(pause) => Delivery::Later(reason, pause),
            None => self.give_up(event, reason),
        })
    }

    /// The pause after the `attempts`-th failure, with chance in it.
    fn pause(&self, attempts: u32) -> Duration {
        let pause = pause(attempts);
        let most = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) / JITTER;
        (pause + Duration::from_millis(self.journal.random().below(most))).min(LONGEST_PAUSE)
    }

    async fn tell(&self, event: &Event, cause: Option<&str>, attempt: Attempt) -> Result<(), Failure> {
        let span = self.span(event);
        links::link(&span, cause);
        let react = self.reactor.attempt(event, attempt);
        let told = tokio::time::timeout(PATIENCE, react).instrument(span.clone()).await;
        let outcome = told.unwrap_or_else(|_| Err(Failure::Retry(format!("no answer within {PATIENCE:?}"))));
        if outcome.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        outcome
    }

    /// A trace of its own, since it may come days after the request; a link and the request's id lead back to it. Whom the event
    /// is about is not in it.
    fn span(&self, event: &Event) -> Span {
        tracing::info_span!(
            target: "traces",
            parent: None,
            "event.deliver",
            otel.kind = "consumer",
            otel.status_code = Empty,
            reactor = self.reactor.name(),
            event.type = event.event_type,
            request.id = event.request_id,
        )
    }

    fn give_up(&self, event: Event, reason: String) -> Delivery {
        let reactor = self.reactor.name();
        tracing::error!(
            reactor,
            event_id = event.event_id,
            reason,
            "gave up on an event; it is kept as a dead letter"
        );
        Delivery::Dead(Box::new(DeadLetter { reactor: reactor.to_owned(), reason, at: self.now(), event }))
    }

    /// Notes how far turns came: together where nobody comes in between. Letters make a commit long, so turns with some go alone.
    async fn settle(&self, turns: Vec<Turn>) -> Result<(), StoreError> {
        let (mut alone, together): (Vec<_>, Vec<_>) =
            turns.into_iter().partition(|turn| !turn.letters.is_empty());
        let mut outcome = self.settle_together(&together).await;
        if matches!(outcome, Err(StoreError::Conflict(_))) {
            outcome = Ok(());
            alone.extend(together);
        }
        for turn in &alone {
            outcome = outcome.and(self.settle_alone(turn).await);
        }
        outcome
    }

    async fn settle_alone(&self, turn: &Turn) -> Result<(), StoreError> {
        loop {
            match self.settle_together(slice::from_ref(turn)).await {
                Err(StoreError::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
    }

    /// The relay may have added events meanwhile, so this is decided on what is there now; fails with [`StoreError::Conflict`]
    /// where somebody else changed one of them.
    async fn settle_together(&self, turns: &[Turn]) -> Result<(), StoreError> {
        let found = self.load(turns.iter().map(|turn| &turn.claimed.subject)).await?;
        let mut writes = Vec::new();
        for (turn, found) in turns.iter().zip(found) {
            let Some((todo, guard)) = found else { continue };
            let lane = self.lane(&todo.subject);
            writes.extend(lane.replace(Some((&todo, guard)), self.rest(&todo, turn).as_ref()));
            writes.extend(
                turn.letters.iter().map(|letter| Write::put(letter.key(), Guard::Any, encode(letter))),
            );
        }
        if writes.is_empty() { Ok(()) } else { self.journal.commit(writes).await }
    }

    fn rest(&self, todo: &Todo, turn: &Turn) -> Option<Todo> {
        if todo.replay != turn.claimed.replay {
            let due = if todo.due == turn.claimed.due { self.now() } else { todo.due };
            return Some(Todo { due, attempts: 0, ..todo.clone() });
        }
        if turn.reached >= todo.until {
            return None;
        }
        let same_event = turn.reached == todo.from;
        let Some((reason, pause)) = &turn.failure else {
            return Some(Todo { from: turn.reached, due: self.now(), attempts: 0, ..todo.clone() });
        };
        let attempts = 1 + if same_event { todo.attempts } else { 0 };
        tracing::warn!(reactor = self.reactor.name(), attempts, reason, "an event is tried again later");
        Some(Todo { from: turn.reached, due: self.now().plus(*pause), attempts, ..todo.clone() })
    }
}

enum Delivery {
    Done,
    Dead(Box<DeadLetter>),
    Later(String, Duration),
}

/// The pause after the `attempts`-th failure: one second, doubled each time up to [`LONGEST_PAUSE`].
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
