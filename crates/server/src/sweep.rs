//! Removing what has expired, for good.
//!
//! What has expired is absent already; this only frees its space, so it can wait. It goes by the wall clock, and somebody may set
//! that wrong: what was removed meanwhile would be gone when it is right again. So nothing goes before an hour has passed since it
//! expired, and nothing for a day after the clock was set forward.

use std::sync::Arc;
use std::time::Duration;

use selfsame_accounts::Shared;
use selfsame_basics::{ClockWatch, Look};
use selfsame_events::supervision::idle;
use selfsame_items::StoreError;
use tokio::sync::watch;

use crate::clock_mark::ClockMark;
use crate::wiring::Store;

/// The pause between two rounds; each removes all that is due.
const EVERY: Duration = Duration::from_secs(10);
/// So long after it has expired an item goes.
const MARGIN: Duration = Duration::from_hours(1);

/// Removes what is due.
pub(crate) struct Sweep {
    store: Store,
    app: Shared,
    mark: ClockMark,
}

impl Sweep {
    pub(crate) fn new(store: Store, app: &Shared) -> Self {
        let mark = ClockMark::new(Arc::clone(&app.journal), Arc::clone(&store.items));
        Self { store, app: Arc::clone(app), mark }
    }

    /// Removes what is due again and again, until `stop` turns true.
    pub(crate) async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            // One round may take as long as there is something to remove.
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
        self.mark.compare(&self.app.clock_watch).await?;
        // Before the look: what is removed is what had expired by a time that was believed after it was read.
        let now = self.app.now();
        if !is_believed(&self.app.clock_watch) {
            return Ok(());
        }
        self.store.chores.sweep(now.minus(MARGIN)).await?;
        self.mark.put(now, self.app.monotonic()).await
    }
}

/// Whether what has expired by the wall clock may be removed; says so where it was set.
fn is_believed(watch: &ClockWatch) -> bool {
    match watch.look() {
        Look::Steady => true,
        Look::SetForward(by) => {
            tracing::error!(
                seconds = by.as_secs(),
                "the clock was set forward; what has expired by it is not removed for a day, or until it is set back"
            );
            false
        }
        Look::Doubted => false,
    }
}

#[cfg(test)]
mod tests {
    use selfsame_basics::Timestamp;
    use selfsame_items::{Guard, ItemStore as _, Key, Maintenance as _, Write};
    use selfsame_testbed::{START, Testbed};

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    struct World {
        bed: Testbed,
        stop: watch::Sender<bool>,
    }

    impl World {
        /// Items that expire after one hour and after a day, and a sweep at work.
        async fn new() -> Self {
            let bed = Testbed::new();
            for (sort, after) in [("hour", MARGIN), ("day", DAY)] {
                let write = Write::put_until(Self::key(sort), Guard::Any, "", START.plus(after));
                bed.app.journal.commit(vec![write]).await.unwrap();
            }
            let store = Store { items: bed.store.clone(), chores: bed.store.clone() };
            let (sweep, (stop, stopped)) = (Sweep::new(store, &bed.app), watch::channel(false));
            tokio::spawn(async move { sweep.run(stopped).await });
            Self { bed, stop }
        }

        fn key(sort: &str) -> Key {
            Key::new("test", sort)
        }

        async fn pass(&self, time: Duration) {
            for _ in 0..time.as_secs() / 30 {
                self.bed.clock.advance(Duration::from_secs(30));
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
        }

        /// Whether the item is kept, expired or not.
        async fn keeps(&self, sort: &str) -> bool {
            let shown: Timestamp = self.bed.app.now();
            self.bed.clock.set(START);
            let found = self.bed.store.get(&Self::key(sort)).await.unwrap();
            self.bed.clock.set(shown);
            found.is_some()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_expired_goes_after_its_margin_and_not_because_of_a_step_of_the_clock() {
        let world = World::new().await;
        world.pass((MARGIN * 2).saturating_sub(Duration::from_mins(1))).await;
        assert!(world.keeps("hour").await, "the margin");
        world.pass(Duration::from_mins(2)).await;
        assert!(!world.keeps("hour").await && world.keeps("day").await);
        let right = world.bed.app.now();
        for step in [DAY * 2, DAY * 400] {
            world.bed.clock.set(right.plus(step));
            world.pass(Duration::from_hours(3)).await;
            world.bed.clock.set(world.bed.app.now().minus(step));
            assert!(world.keeps("day").await, "the clock was set {step:?} ahead");
        }
        world.pass(DAY * 2).await;
        assert!(!world.keeps("day").await);
        world.stop.send_replace(true);
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_with_a_clock_far_ahead_removes_nothing() {
        let world = World::new().await;
        // Long enough for the mark to be written.
        world.pass(Duration::from_mins(1)).await;
        world.stop.send_replace(true);
        world.bed.clock.set(START.plus(DAY * 400));
        let app = Testbed::new();
        let watch = Arc::new(ClockWatch::new(Arc::clone(&world.bed.app.clock)));
        let mark = ClockMark::new(Arc::clone(&app.app.journal), world.bed.store.clone());
        mark.compare(&watch).await.unwrap();
        assert!(!is_believed(&watch));
        assert!(world.bed.store.stats().await.unwrap().bytes > 0);
    }
}
