//! Removing what has expired, for good.
//!
//! What has expired is absent already; this only frees its space, so it can wait. It goes by the wall clock, and somebody may set
//! that wrong: what was removed meanwhile would be gone when it is right again. So nothing goes before an hour has passed since it
//! expired, and nothing while the clock was set a short time ago.

use std::sync::Arc;
use std::time::Duration;

use selfsame_basics::{Clock, MonotonicTime, Timestamp};
use tokio::sync::watch;

use crate::wiring::Store;

/// The pause between two rounds; each removes all that is due.
const EVERY: Duration = Duration::from_secs(10);
/// So long after it has expired an item goes.
const MARGIN: Duration = Duration::from_hours(1);
/// The clock was set where it went so much more or less between two looks than the time that passed.
const STEP: Duration = Duration::from_mins(1);
/// The clock is believed once it has gone on for so long without being set.
const STEADY: Duration = Duration::from_mins(15);

/// Removes what is due again and again, until `stop` turns true.
pub(crate) async fn run(store: Store, clock: Arc<dyn Clock>, mut stop: watch::Receiver<bool>) {
    let mut believed = Believed::new(clock.monotonic(), clock.now());
    while !*stop.borrow() {
        if let Some(now) = believed.look(clock.monotonic(), clock.now()) {
            tokio::select! {
                swept = store.chores.sweep(now.minus(MARGIN)) => if let Err(error) = swept {
                    tracing::warn!(%error, "what has expired could not be removed; it is tried again");
                },
                _ = stop.changed() => return,
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// The wall clock, as long as it goes like the one that nobody sets.
#[derive(Debug)]
struct Believed {
    /// Since when nobody has set it, as far as is known.
    since: MonotonicTime,
    last: (MonotonicTime, Timestamp),
}

impl Believed {
    fn new(at: MonotonicTime, now: Timestamp) -> Self {
        Self { since: at, last: (at, now) }
    }

    /// The time, if it can be believed: `now` by the wall clock, and `at` by the other one.
    fn look(&mut self, at: MonotonicTime, now: Timestamp) -> Option<Timestamp> {
        let (then, shown) = std::mem::replace(&mut self.last, (at, now));
        let should_be = shown.plus(at.since(then));
        if now.since(should_be).max(should_be.since(now)) > STEP {
            tracing::warn!(from = %should_be, to = %now, "the clock was set; nothing that has expired is removed for a while");
            self.since = at;
        }
        (at.since(self.since) >= STEADY).then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use selfsame_basics::ManualClock;
    use selfsame_items::{Commit, CommitToken};
    use selfsame_items::{Guard, ItemStore as _, Key, Maintenance as _, MemoryStore, Write};

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn a_clock_that_was_set_is_believed_only_after_a_while() {
        let (begin, noon) = (MonotonicTime::default(), Timestamp::from_millis(1_800_000_000_000));
        let mut believed = Believed::new(begin, noon);
        let mut look = |passed: Duration, step: Duration| {
            believed.look(begin.plus(passed), noon.plus(passed).plus(step)).is_some()
        };
        let (minute, year) = (Duration::from_mins(1), DAY * 365);
        assert!(!look(minute * 14, Duration::ZERO), "it may have been wrong from the start");
        assert!(look(minute * 15, Duration::ZERO));
        assert!(look(minute * 16, minute), "so little is no step");
        assert!(!look(minute * 17, year), "ahead");
        assert!(!look(minute * 18, minute), "and back again");
        assert!(!look(minute * 32, minute));
        assert!(look(minute * 33, minute));
        assert!(!look(minute * 34, year) && look(minute * 50, year), "it stays ahead, so it is right");
    }

    async fn put(store: &MemoryStore, sort: &str, until: Timestamp) {
        let writes = vec![Write::put_until(Key::new("p", sort), Guard::Any, "", until)];
        let token = CommitToken::generate(&selfsame_basics::SystemRandom);
        store.commit(Commit { token, writes }).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_expired_goes_after_its_margin_and_not_because_of_a_step_of_the_clock() {
        let begin = Timestamp::from_millis(1_800_000_000_000);
        let clock = Arc::new(ManualClock::new(begin));
        let memory = Arc::new(MemoryStore::new(clock.clone()));
        put(&memory, "due", begin.plus(MARGIN)).await;
        put(&memory, "later", begin.plus(DAY)).await;
        let store = Store { items: memory.clone(), chores: memory.clone() };
        let (stop, stopped) = watch::channel(false);
        let sweeping = tokio::spawn(run(store, clock.clone(), stopped));
        let pass = async |time: Duration| {
            for _ in 0..time.as_secs() / 30 {
                clock.advance(Duration::from_secs(30));
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
        };
        let kept = async || memory.stats().await.unwrap().bytes;
        let both = kept().await;
        pass(MARGIN * 2 - Duration::from_mins(1)).await;
        assert_eq!(kept().await, both, "the margin");
        pass(Duration::from_mins(2)).await;
        let one = kept().await;
        assert!(0 < one && one < both);
        clock.set(begin.plus(DAY * 400));
        pass(Duration::from_mins(10)).await;
        assert_eq!(kept().await, one, "the clock was set");
        clock.set(begin.plus(MARGIN * 3));
        pass(Duration::from_hours(1)).await;
        assert_eq!(kept().await, one, "and set right again");
        pass(DAY).await;
        assert_eq!(kept().await, 0);
        stop.send_replace(true);
        sweeping.await.unwrap();
    }
}
