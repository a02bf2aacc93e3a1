//! Noticing that the wall clock was set.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Clock, MonotonicTime, Timestamp};

/// The wall clock may gain or lose so much between two readings without having been set: time
/// servers correct it little by little.
const SLACK: Duration = Duration::from_mins(1);
/// For so long after it was set forward, nothing that only seems to have expired is removed.
const DOUBT: Duration = Duration::from_hours(24);

/// Compares the wall clock with the monotonic clock. The removal of what has expired asks it first:
/// a clock that jumps a year forward makes everything look expired, and what was removed does not
/// come back with the right time (docs/decisions/0038).
pub struct ClockWatch {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl std::fmt::Debug for ClockWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClockWatch")
    }
}

/// The result of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// The wall clock goes as it should.
    Steady,
    /// It was just set forward by so much: what has expired by it is left alone for a day, or until
    /// it is set back.
    SetForward(Duration),
    /// It was set forward before, and is not trusted yet.
    Doubted,
}

#[derive(Clone, Copy)]
struct State {
    /// How far the wall clock is ahead of the monotonic one, in milliseconds, when it was last
    /// trusted.
    believed: i64,
    /// How far it is since it was set forward, and since when.
    doubted: Option<(i64, MonotonicTime)>,
}

impl ClockWatch {
    /// A watch that trusts what `clock` shows now.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let believed = ahead(clock.now(), clock.monotonic());
        Self { clock, state: Mutex::new(State { believed, doubted: None }) }
    }

    /// Sets when the service was last at work. If that is more than a day ago, either it was off
    /// for that long, or the clock was set forward meanwhile. The two can't be distinguished, so
    /// the clock is doubted.
    pub fn was_at_work(&self, at: Timestamp) {
        let now = self.clock.now();
        if now.since(at) > DOUBT {
            let gap = i64::try_from(now.since(at).as_millis()).unwrap_or(i64::MAX);
            let mut state = self.state();
            let ahead = state.believed;
            *state = State {
                believed: ahead.saturating_sub(gap),
                doubted: Some((ahead, self.clock.monotonic())),
            };
        }
    }

    /// The state of the wall clock. To be called once a minute or so, and whenever it matters.
    pub fn look(&self) -> Look {
        let (now, ahead) =
            (self.clock.monotonic(), ahead(self.clock.now(), self.clock.monotonic()));
        let mut state = self.state();
        let (after, look) = judge(*state, ahead, now);
        *state = after;
        look
    }

    /// Whether what has expired by the wall clock may be removed.
    #[must_use]
    pub fn is_steady(&self) -> bool {
        self.look() == Look::Steady
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ahead(wall: Timestamp, monotonic: MonotonicTime) -> i64 {
    wall.millis().saturating_sub(i64::try_from(monotonic.nanos() / 1_000_000).unwrap_or(i64::MAX))
}

fn judge(state: State, ahead: i64, now: MonotonicTime) -> (State, Look) {
    let slack = i64::try_from(SLACK.as_millis()).unwrap_or(i64::MAX);
    let steady = (State { believed: ahead, doubted: None }, Look::Steady);
    let forward = ahead.saturating_sub(state.believed);
    // Set back, or never set: what has expired by it has expired by the time before, too.
    if forward <= slack {
        return steady;
    }
    match state.doubted {
        Some((_, since)) if now.since(since) >= DOUBT => steady,
        Some((then, since)) if ahead.saturating_sub(then) <= slack => {
            (State { doubted: Some((ahead, since)), ..state }, Look::Doubted)
        }
        _ => {
            let by = Duration::from_millis(u64::try_from(forward).unwrap_or(0));
            (State { doubted: Some((ahead, now)), ..state }, Look::SetForward(by))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    const DAY: Duration = Duration::from_hours(24);

    fn watch() -> (Arc<ManualClock>, ClockWatch) {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        (Arc::clone(&clock), ClockWatch::new(clock))
    }

    #[test]
    fn time_that_passes_and_clocks_that_are_corrected_little_by_little_are_steady() {
        let (clock, watch) = watch();
        for _ in 0..1000 {
            clock.advance(DAY);
            clock.set(clock.now().plus(Duration::from_secs(40)));
            assert_eq!(watch.look(), Look::Steady);
        }
    }

    #[test]
    fn a_clock_that_was_set_forward_is_doubted_until_it_is_set_back_or_for_a_day() {
        for step in [DAY, DAY * 400] {
            let (clock, watch) = watch();
            let right = clock.now();
            clock.set(right.plus(step));
            assert_eq!(watch.look(), Look::SetForward(step));
            clock.advance(Duration::from_hours(1));
            assert_eq!(watch.look(), Look::Doubted);
            clock.set(clock.now().minus(step));
            assert_eq!(watch.look(), Look::Steady);
            clock.set(clock.now().plus(step));
            assert_eq!(watch.look(), Look::SetForward(step));
            clock.advance(DAY);
            assert_eq!(watch.look(), Look::Steady, "it seems to be right");
        }
    }

    #[test]
    fn another_step_forward_is_doubted_anew() {
        let (clock, watch) = watch();
        clock.set(clock.now().plus(DAY));
        assert_eq!(watch.look(), Look::SetForward(DAY));
        clock.advance(Duration::from_hours(23));
        clock.set(clock.now().plus(DAY));
        assert_eq!(watch.look(), Look::SetForward(DAY * 2));
        clock.advance(Duration::from_hours(23));
        assert_eq!(watch.look(), Look::Doubted);
    }

    #[test]
    fn a_clock_that_was_set_back_is_believed() {
        let (clock, watch) = watch();
        clock.set(clock.now().minus(DAY));
        assert_eq!(watch.look(), Look::Steady);
    }

    #[test]
    fn a_service_that_was_not_at_work_for_days_does_not_know_whether_the_clock_is_right() {
        let (clock, watch) = watch();
        watch.was_at_work(clock.now().minus(DAY));
        assert_eq!(watch.look(), Look::Steady);
        watch.was_at_work(clock.now().minus(DAY * 3));
        assert_eq!(watch.look(), Look::Doubted);
        clock.advance(DAY);
        assert_eq!(watch.look(), Look::Steady);
    }
}
