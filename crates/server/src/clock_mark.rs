//! When the service was at work last, by the wall clock: what a start compares the clock with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selfsame_events::Journal;
use selfsame_primitives::{ClockWatch, Every, MonotonicTime, Timestamp};
use selfsame_store::{Guard, Key, Record, Store, StoreError, Write, decode, encode};
use serde::{Deserialize, Serialize};

/// How often it is written down.
const PUT_EVERY: Duration = Duration::from_mins(10);
/// A clock that shows so much more than when the service was at work before is doubted, for as
/// long.
const DOUBT: Duration = Duration::from_hours(24);
/// What it may gain between two looks without having been set, as [`ClockWatch`] has it.
const SLACK: Duration = Duration::from_mins(1);

/// The record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AtWork {
    /// When it was, by a clock that was believed.
    at: Timestamp,
    /// That the clock is not believed now. Without it a service that is restarted every day would
    /// doubt for a whole day each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubt: Option<Doubt>,
}

/// A doubt, by the clock that is doubted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Doubt {
    /// When it began.
    since: Timestamp,
    /// When the service was at work last.
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
        // One that shows something else again is doubted anew.
        let goes_on = |doubt: &Doubt| now >= doubt.since && now.since(doubt.seen) <= DOUBT;
        let since = self.doubt.filter(goes_on).map_or(now, |doubt| doubt.since);
        (now.since(since) < DOUBT).then_some(Doubt { since, seen: now })
    }
}

/// Reads and writes it.
pub struct ClockMark {
    journal: Arc<Journal>,
    put_every: Every,
    state: Mutex<State>,
}

struct State {
    /// What is written; none before the service was ever at work.
    mark: Option<AtWork>,
    /// When the doubt that this process began with is over.
    over_at: Option<MonotonicTime>,
    /// What both clocks showed at the last look.
    shown: (Timestamp, MonotonicTime),
}

impl ClockMark {
    /// The one in `store`, which `journal` writes. Tells `watch` when the service was at work
    /// before, where the clock, which shows `now`, is to be doubted because of that.
    pub async fn compared(
        journal: Arc<Journal>,
        store: &dyn Store,
        watch: &ClockWatch,
        (now, monotonic): (Timestamp, MonotonicTime),
    ) -> Result<Self, StoreError> {
        let item = store.get(&key()).await?;
        // A mark that can't be read tells nothing.
        let found = item.and_then(|item| decode::<AtWork>(&item.body).ok());
        let mark = found.map(|mark| AtWork { doubt: mark.doubt_at(now), ..mark });
        let mut over_at = None;
        if let Some(AtWork { at, doubt: Some(doubt) }) = mark {
            watch.was_at_work(at);
            let left = DOUBT.saturating_sub(now.since(doubt.since));
            over_at = Some(monotonic.plus(left));
            tracing::warn!(
                at_work = %at,
                hours_left = left.as_secs() / 3600,
                "the service was off for more than a day, or the clock was set forward; what has expired by it is not removed for a \
                 day, or until it is set back"
            );
        }
        let state = Mutex::new(State { mark, over_at, shown: (now, monotonic) });
        Ok(Self { journal, put_every: Every::new(PUT_EVERY), state })
    }

    /// By how much the clock was set forward since the last look. The watch can't be asked for
    /// that: it tells whoever looks first, and that may be another.
    pub fn step(&self, now: Timestamp, monotonic: MonotonicTime) -> Option<Duration> {
        let mut state = self.state();
        let (wall, then) = std::mem::replace(&mut state.shown, (now, monotonic));
        Some(now.since(wall.plus(monotonic.since(then)))).filter(|step| *step > SLACK)
    }

    /// Whether the doubt that this process began with has lasted for a day, that of earlier ones
    /// counted.
    pub fn has_doubted_enough(&self, monotonic: MonotonicTime) -> bool {
        self.state().over_at.is_some_and(|over_at| monotonic >= over_at)
    }

    /// Writes down that the service is at work `now`, by a clock that is believed, where it is time
    /// for that.
    pub async fn put(&self, now: Timestamp, monotonic: MonotonicTime) -> Result<(), StoreError> {
        if !self.put_every.is_time(monotonic) {
            return Ok(());
        }
        self.write(AtWork { at: now, doubt: None }).await
    }

    /// Writes down that the clock was set forward, to `now`, and is doubted from now on.
    pub async fn doubt(&self, now: Timestamp) -> Result<(), StoreError> {
        let mark = {
            let mut state = self.state();
            state.over_at = None;
            state.mark
        };
        let Some(AtWork { at, .. }) = mark else { return Ok(()) };
        self.write(AtWork { at, doubt: Some(Doubt { since: now, seen: now }) }).await
    }

    /// Writes down that the clock, which shows `now`, is doubted still, where it is time for that.
    pub async fn doubt_still(
        &self,
        now: Timestamp,
        monotonic: MonotonicTime,
    ) -> Result<(), StoreError> {
        let Some(AtWork { at, doubt }) = self.state().mark else { return Ok(()) };
        if !self.put_every.is_time(monotonic) {
            return Ok(());
        }
        // Set back, though not far enough to be believed, it is another clock.
        let since = doubt.map(|doubt| doubt.since).filter(|since| *since <= now).unwrap_or(now);
        self.write(AtWork { at, doubt: Some(Doubt { since, seen: now }) }).await
    }

    async fn write(&self, mark: AtWork) -> Result<(), StoreError> {
        // Also where it can't be written: the next time is told of what is so.
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
    fn a_doubt_goes_on_over_starts_and_ends_after_a_day() {
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
        // The clock shows another time than before.
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
