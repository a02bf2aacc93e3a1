//! Doing one step after the other, for as long as there is anything to do.

use std::time::Duration;

use selfsame_store::StoreError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::notifier::ShardNotifier;
use crate::shards::Shards;
use crate::supervision::idle;

/// Steps begin at least so far apart. What comes meanwhile gathers, so that the busier it is, the
/// more one step does; what comes alone is done at once.
const GATHER: Duration = Duration::from_millis(10);

/// Repeats `next` until `stop`: on the shards for which `bell` is rung or which the last step asks
/// for again, and on all of them every `poll`, since nobody rings for what is tried again or what
/// other processes write.
pub(crate) async fn run_steps<F, S>(
    bell: &ShardNotifier,
    poll: Duration,
    mut stop: watch::Receiver<bool>,
    next: S,
) where
    F: Future<Output = Result<Shards, StoreError>>,
    S: Fn(Shards) -> F,
{
    let mut poll_at = Instant::now();
    let mut again = Shards::NONE;
    while !*stop.borrow() {
        let began = Instant::now();
        let mut shards = bell.take();
        shards |= again;
        if poll_at <= began {
            shards = Shards::ALL;
            poll_at = began + poll;
        }
        again = next(shards).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a step of the relay failed; it is tried again");
            Shards::NONE
        });
        let called = async {
            if again.is_empty() {
                bell.notified().await;
            }
            sleep_until(began + GATHER).await;
        };
        let wait = async {
            tokio::select! {
                () = called => {}
                () = sleep_until(poll_at) => {}
                _ = stop.changed() => {}
            }
        };
        idle(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    const POLL: Duration = Duration::from_secs(1);

    /// Milliseconds since the beginning, and the shards of the step that was begun then.
    type StepRecord = (u128, Shards);

    /// Repeats steps each of which asks for `again`.
    fn begin(
        bell: &Arc<ShardNotifier>,
        again: Shards,
    ) -> (watch::Sender<bool>, UnboundedReceiver<StepRecord>) {
        let (told, steps) = unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let (bell, began) = (Arc::clone(bell), Instant::now());
        tokio::spawn(async move {
            let next = |shards| {
                let _ = told.send((began.elapsed().as_millis(), shards));
                std::future::ready(Ok(again))
            };
            run_steps(&bell, POLL, stopped, next).await;
        });
        (stop, steps)
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_alone_is_done_at_once() {
        let bell = Arc::default();
        let (_stop, mut steps) = begin(&bell, Shards::NONE);
        assert_eq!(steps.recv().await, Some((0, Shards::ALL)));
        tokio::time::advance(Duration::from_millis(500)).await;
        bell.notify(Shards::one(3));
        assert_eq!(steps.recv().await, Some((500, Shards::one(3))));
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_soon_after_a_step_gathers_for_the_next_one() {
        let bell = Arc::default();
        let (_stop, mut steps) = begin(&bell, Shards::NONE);
        assert_eq!(steps.recv().await, Some((0, Shards::ALL)));
        bell.notify(Shards::one(1));
        tokio::time::advance(Duration::from_millis(3)).await;
        bell.notify(Shards::one(2));
        let (at, shards) = steps.recv().await.unwrap();
        assert_eq!(shards, Shards(0b110));
        assert!((10..12).contains(&at), "{at} ms");
    }

    #[tokio::test(start_paused = true)]
    async fn however_busy_some_shards_are_all_are_looked_at_every_poll() {
        let (_stop, mut steps) = begin(&Arc::default(), Shards::one(7));
        let mut all = Vec::new();
        while all.len() < 3 {
            let (at, shards) = steps.recv().await.unwrap();
            if shards == Shards::ALL {
                all.push(at);
            } else {
                assert_eq!(shards, Shards::one(7));
            }
        }
        assert_eq!(all, [0, 1000, 2000]);
    }
}
