//! Removal of expired items.
//!
//! An expired item is absent for readers already; removing it only frees its space, so it can wait.
//! Expiry goes by the wall clock, which may be set wrong: what was removed meanwhile would be lost
//! when it is right again. So an item is removed an hour after it expired, and nothing for a day
//! after the clock was set forward (decision 0037).

use selfsame_app::App;
use std::sync::Arc;
use std::time::Duration;

use selfsame_events::supervision::idle;
use selfsame_primitives::Look;
use selfsame_store::StoreError;
use tokio::sync::watch;

use crate::clock_mark::ClockMark;
use crate::wiring::Store;

/// The pause between two rounds; each removes all that is due.
const EVERY: Duration = Duration::from_secs(10);
/// How long after its expiry an item is removed.
const MARGIN: Duration = Duration::from_hours(1);

/// Removes expired items.
pub(crate) struct Sweep {
    store: Store,
    app: Arc<App>,
    mark: ClockMark,
}

impl Sweep {
    /// A sweep for `app`. It compares the clock with the last time at work, so it must be made
    /// before any task that removes expired data begins: all of them use the same `ClockWatch`.
    pub(crate) async fn new(store: Store, app: &Arc<App>) -> Result<Self, StoreError> {
        let now = (app.platform.now(), app.platform.monotonic());
        let journal = Arc::clone(&app.platform.journal);
        let mark =
            ClockMark::compared(journal, &*store.items, &app.platform.clock_watch, now).await?;
        Ok(Self { store, app: Arc::clone(app), mark })
    }

    /// Repeats rounds until `stop` turns true.
    pub(crate) async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            // A round may take as long as there are items to remove.
            let round = async {
                tokio::select! {
                    swept = self.round() => if let Err(error) = swept {
                        tracing::warn!(%error, "what has expired could not be removed; it is tried again");
                    },
                    _ = stop.changed() => return,
                }
                tokio::select! {
                    () = tokio::time::sleep(EVERY) => {}
                    _ = stop.changed() => {}
                }
            };
            idle(round).await;
        }
    }

    async fn round(&self) -> Result<(), StoreError> {
        // Read before the check of the clock: only items that had expired by a time that was
        // trusted afterwards are removed.
        let (now, monotonic) = (self.app.platform.now(), self.app.platform.monotonic());
        let step = self.mark.step(now, monotonic);
        let set_forward = match self.app.platform.clock_watch.look() {
            Look::Steady => None,
            Look::SetForward(by) => Some(by),
            Look::Doubted if step.is_none() && !self.mark.has_doubted_enough(monotonic) => {
                return self.mark.doubt_still(now, monotonic).await;
            }
            Look::Doubted => step,
        };
        if let Some(by) = set_forward {
            tracing::error!(
                seconds = by.as_secs(),
                "the clock was set forward; what has expired by it is not removed for a day, or until it is set back"
            );
            return self.mark.doubt(now).await;
        }
        self.store.maintenance.sweep(now.minus(MARGIN)).await?;
        self.mark.put(now, monotonic).await
    }
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::Timestamp;
    use selfsame_store::{Guard, Key, Store as _, Write};
    use selfsame_testbed::{START, Testbed};

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn key(sort: &str) -> Key {
        Key::new("test", sort)
    }

    /// Items that expire after one hour, a day and a month.
    async fn bed() -> Testbed {
        let bed = Testbed::new();
        for (sort, after) in [("hour", MARGIN), ("day", DAY), ("month", DAY * 30)] {
            let write = Write::put_until(key(sort), Guard::Any, "", START.plus(after));
            bed.app.platform.journal.commit(vec![write]).await.unwrap();
        }
        bed
    }

    async fn sweep(bed: &Testbed) -> Sweep {
        let store = Store { items: bed.store.clone(), maintenance: bed.store.clone() };
        Sweep::new(store, &bed.app).await.unwrap()
    }

    /// Whether the item is stored, expired or not.
    async fn keeps(bed: &Testbed, sort: &str) -> bool {
        let shown: Timestamp = bed.app.platform.now();
        bed.clock.set(START);
        let found = bed.store.get(&key(sort)).await.unwrap();
        bed.clock.set(shown);
        found.is_some()
    }

    struct World {
        bed: Testbed,
        stop: watch::Sender<bool>,
    }

    impl World {
        /// A sweep with its testbed.
        async fn new() -> Self {
            let bed = bed().await;
            let (sweep, (stop, stopped)) = (sweep(&bed).await, watch::channel(false));
            tokio::spawn(async move { sweep.run(stopped).await });
            Self { bed, stop }
        }

        async fn pass(&self, time: Duration) {
            for _ in 0..time.as_secs() / 30 {
                self.bed.clock.advance(Duration::from_secs(30));
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
        }

        async fn keeps(&self, sort: &str) -> bool {
            keeps(&self.bed, sort).await
        }
    }

    /// The service, restarted on its stores.
    struct Start {
        bed: Testbed,
        sweep: Sweep,
    }

    impl Start {
        async fn new(bed: &Testbed) -> Self {
            let bed = bed.again(bed.store.clone(), 7);
            let sweep = sweep(&bed).await;
            Self { bed, sweep }
        }

        /// Works for this long.
        async fn pass(&self, time: Duration) {
            self.sweep.round().await.unwrap();
            for _ in 0..time.as_secs() / 600 {
                self.bed.clock.advance(Duration::from_mins(10));
                self.sweep.round().await.unwrap();
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_expired_goes_after_its_margin_and_not_because_of_a_step_of_the_clock() {
        let world = World::new().await;
        world.pass((MARGIN * 2).saturating_sub(Duration::from_mins(1))).await;
        assert!(world.keeps("hour").await, "the margin");
        world.pass(Duration::from_mins(2)).await;
        assert!(!world.keeps("hour").await && world.keeps("day").await);
        let right = world.bed.app.platform.now();
        for step in [DAY * 2, DAY * 400] {
            world.bed.clock.set(right.plus(step));
            world.pass(Duration::from_hours(3)).await;
            world.bed.clock.set(world.bed.app.platform.now().minus(step));
            assert!(world.keeps("day").await, "the clock was set {step:?} ahead");
        }
        world.pass(DAY * 2).await;
        assert!(!world.keeps("day").await);
        world.stop.send_replace(true);
    }

    #[tokio::test]
    async fn a_start_with_a_clock_far_ahead_removes_nothing_for_a_day() {
        let bed = bed().await;
        Start::new(&bed).await.pass(Duration::ZERO).await;
        let right = bed.app.platform.now();
        bed.clock.set(right.plus(DAY * 400));
        let start = Start::new(&bed).await;
        assert!(
            !start.bed.app.platform.clock_watch.is_steady(),
            "whoever else removes something asks it"
        );
        start.pass(DAY.saturating_sub(Duration::from_mins(10))).await;
        assert!(keeps(&bed, "hour").await && keeps(&bed, "day").await);
        // The clock was not set back, so it seems to be right.
        start.pass(Duration::from_mins(10)).await;
        assert!(!keeps(&bed, "hour").await && !keeps(&bed, "day").await);
    }

    #[tokio::test]
    async fn a_start_with_a_clock_that_is_right_removes_what_has_expired() {
        let bed = bed().await;
        Start::new(&bed).await.pass(Duration::ZERO).await;
        bed.clock.advance(DAY);
        Start::new(&bed).await.pass(Duration::ZERO).await;
        assert!(!keeps(&bed, "hour").await && keeps(&bed, "day").await, "the margin");
    }

    #[tokio::test]
    async fn starts_continue_a_day_of_doubt() {
        let bed = bed().await;
        Start::new(&bed).await.pass(Duration::ZERO).await;
        bed.clock.advance(DAY * 3);
        let hours = Duration::from_hours;
        for passed in [hours(10), hours(10), hours(3)] {
            Start::new(&bed).await.pass(passed).await;
            assert!(keeps(&bed, "day").await);
        }
        let last = Start::new(&bed).await;
        last.pass(hours(1)).await;
        assert!(!keeps(&bed, "day").await, "a day has passed, over four starts");
        let next = Start::new(&bed).await;
        assert!(next.bed.app.platform.clock_watch.is_steady(), "and it is not begun again");
        // A task that trusts the clock because of that is not misled later, though another task got
        // the report of the step.
        bed.clock.set(bed.app.platform.now().plus(DAY * 400));
        assert!(!last.bed.app.platform.clock_watch.is_steady());
        last.pass(hours(20)).await;
        Start::new(&bed).await.pass(hours(2)).await;
        assert!(keeps(&bed, "month").await);
    }

    #[tokio::test]
    async fn a_clock_that_is_set_forward_again_between_two_starts_is_doubted_anew() {
        let bed = bed().await;
        Start::new(&bed).await.pass(Duration::ZERO).await;
        for _ in 0..3 {
            bed.clock.set(bed.app.platform.now().plus(DAY * 3));
            Start::new(&bed).await.pass(Duration::from_hours(20)).await;
            assert!(keeps(&bed, "day").await);
        }
    }
}
