//! The last time at which the service was at work, by the wall clock: a start compares the clock
//! with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_events::Journal;
use selfsame_primitives::{ClockWatch, Every, MonotonicTime, Timestamp};
use selfsame_store::{Guard, Key, Record, Store, StoreError, Write, decode, encode};
use serde::{Deserialize, Serialize};

/// How often it is written.
const PUT_EVERY: Duration = Duration::from_mins(10);
/// A clock that is this much ahead of the last time at work is doubted, for this long.
const DOUBT: Duration = Duration::from_hours(24);
/// The gain between two checks that is not a step, as in [`ClockWatch`].
const SLACK: Duration = Duration::from_mins(1);

/// The record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AtWork {
    /// The last time at work, by a trusted clock.
    at: Timestamp,
    /// Set while the clock is doubted. Without it a service that restarts every day would doubt for
    /// a whole day each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubt: Option<Doubt>,
}

/// A doubt, by the clock that is doubted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Doubt {
    /// When it began.
    since: Timestamp,
    /// The last time at work before it.
    seen: Timestamp,
}

impl Record for AtWork {
    const KIND: &'static str = "at-work";
}

impl AtWork {
    /// Whether a start at which the clock shows `now` doubts it, and since when.
    fn doubt_at(&self, now: Timestamp) -> Option<Doubt> {
        if now.since(self.at) <= DOUBT {
            return None;
        }
        // A clock that was set again is doubted anew.
        let goes_on = |doubt: &Doubt| now >= doubt.since && now.since(doubt.seen) <= DOUBT;
        let since = self.doubt.filter(goes_on).map_or(now, |doubt| doubt.since);
        (now.since(since) < DOUBT).then_some(Doubt { since, seen: now })
    }
}

/// Reads and writes the record.
pub struct ClockMark {
    journal: Arc<Journal>,
    put_every: Every,
    state: Mutex<State>,
}

struct State {
    /// The stored record; none before the first work of the service.
    mark: Option<AtWork>,
    /// When the doubt of this process ends.
    over_at: Option<MonotonicTime>,
    /// Both clocks at the last check.
    shown: (Timestamp, MonotonicTime),
}

impl ClockMark {
    /// The mark in `store`, which `journal` writes. Marks `watch` as doubting where the clock,
    /// which shows `now`, is too far ahead of it.
    pub async fn compared(
        journal: Arc<Journal>,
        store: &dyn Store,
        watch: &ClockWatch,
        (now, monotonic): (Timestamp, MonotonicTime),
    ) -> Result<Self, StoreError> {
        let item = store.get(&key()).await?;
        // A damaged mark counts as none.
        let found = item.and_then(|item| decode::<AtWork>(&item.body).ok());
        let mark = found.map(|mark| AtWork { doubt: mark.doubt_at(now), ..mark });
        let mut over_at = None;
        if let Some(AtWork { at, doubt: Some(doubt) }) = mark {
            watch.was_at_work(at);
            let remaining = DOUBT.saturating_sub(now.since(doubt.since));
            over_at = Some(monotonic.plus(remaining));
            tracing::warn!(
                at_work = %at,
                hours_left = remaining.as_secs() / 3600,
                "the service was off for more than a day, or the clock was set forward; what has expired by it is not removed for a \
                 day, or until it is set back"
            );
        }
        let state = Mutex::new(State { mark, over_at, shown: (now, monotonic) });
        Ok(Self { journal, put_every: Every::new(PUT_EVERY), state })
    }

    /// By how much the clock was set forward since the last check. `ClockWatch` can't tell: it
    /// reports a step to its first caller only, which may be another task.
    pub fn step(&self, now: Timestamp, monotonic: MonotonicTime) -> Option<Duration> {
        let mut state = self.state();
        let (wall, then) = std::mem::replace(&mut state.shown, (now, monotonic));
        Some(now.since(wall.plus(monotonic.since(then)))).filter(|step| *step > SLACK)
    }

    /// Whether the doubt of this process has lasted for a day, that of earlier processes included.
    pub fn has_doubted_enough(&self, monotonic: MonotonicTime) -> bool {
        self.state().over_at.is_some_and(|over_at| monotonic >= over_at)
    }

    /// Writes the mark at `now`, by a trusted clock, if it is due.
    pub async fn put(&self, now: Timestamp, monotonic: MonotonicTime) -> Result<(), StoreError> {
        if !self.put_every.is_time(monotonic) {
            return Ok(());
        }
        self.write(AtWork { at: now, doubt: None }).await
    }

    /// Writes that the clock was set forward, to `now`, and is doubted from now on.
    pub async fn doubt(&self, now: Timestamp) -> Result<(), StoreError> {
        let mark = {
            let mut state = self.state();
            state.over_at = None;
            state.mark
        };
        let Some(AtWork { at, .. }) = mark else { return Ok(()) };
        self.write(AtWork { at, doubt: Some(Doubt { since: now, seen: now }) }).await
    }

    /// Writes that the clock, which shows `now`, is still doubted, if that is due.
    pub async fn doubt_still(
        &self,
        now: Timestamp,
        monotonic: MonotonicTime,
    ) -> Result<(), StoreError> {
        let Some(AtWork { at, doubt }) = self.state().mark else { return Ok(()) };
        if !self.put_every.is_time(monotonic) {
            return Ok(());
        }
        // Set back, but not far enough to be trusted: a new doubt.
        let since = doubt.map(|doubt| doubt.since).filter(|since| *since <= now).unwrap_or(now);
        self.write(AtWork { at, doubt: Some(Doubt { since, seen: now }) }).await
    }

    async fn write(&self, mark: AtWork) -> Result<(), StoreError> {
        // Also where the write fails: the next write stores the present state.
        self.state().mark = Some(mark);
        self.journal.commit(vec![Write::put(key(), Guard::Any, encode(&mark))]).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key() -> Key {
    Key::new("operations/clock", "at-work")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_doubt_continues_over_starts_and_ends_after_a_day() {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let mark = |doubt| AtWork { at, doubt };
        assert_eq!(mark(None).doubt_at(at.plus(DOUBT)), None);
        let begin = at.plus(DOUBT * 3);
        let first = mark(None).doubt_at(begin);
        assert_eq!(first, Some(Doubt { since: begin, seen: begin }));
        let later = begin.plus(HOUR * 20);
        let goes_on = mark(first).doubt_at(later);
        assert_eq!(goes_on, Some(Doubt { since: begin, seen: later }));
        assert_eq!(mark(goes_on).doubt_at(begin.plus(HOUR * 24)), None, "it has lasted for a day");
        // The clock was set before the next start.
        for other in [begin.plus(DOUBT * 400), begin.minus(HOUR)] {
            assert_eq!(mark(goes_on).doubt_at(other), Some(Doubt { since: other, seen: other }));
        }
        assert_eq!(mark(goes_on).doubt_at(at.plus(HOUR)), None, "it was set back");
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::AtWork>();
    }
}
