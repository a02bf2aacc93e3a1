//! The loop of relay and workers: one step after the other, while there is work.

use std::time::Duration;

use selfsame_store::StoreError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::notifier::ShardNotifier;
use crate::shards::Shards;
use crate::supervision::idle;

/// Steps start at least this far apart. What comes meanwhile gathers, so one step does more under
/// load; a single event is handled at once.
const GATHER: Duration = Duration::from_millis(10);

/// Repeats `next` until `stop`: on the shards that `notifier` collected or that the last step
/// returned, and on all of them every `poll`, since retries and writes of other processes send no
/// notification.
pub(crate) async fn run_steps<F, S>(
    notifier: &ShardNotifier,
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
        let mut shards = notifier.take();
        shards |= again;
        if poll_at <= began {
            shards = Shards::ALL;
            poll_at = began + poll;
        }
        again = next(shards).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a step of the relay failed; it is tried again");
            Shards::NONE
        });
        let next_shards = async {
            if again.is_empty() {
                notifier.notified().await;
            }
            sleep_until(began + GATHER).await;
        };
        let wait = async {
            tokio::select! {
                () = next_shards => {}
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

    /// Repeats steps each of which returns `again`.
    fn begin(
        notifier: &Arc<ShardNotifier>,
        again: Shards,
    ) -> (watch::Sender<bool>, UnboundedReceiver<StepRecord>) {
        let (sender, steps) = unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let (notifier, began) = (Arc::clone(notifier), Instant::now());
        tokio::spawn(async move {
            let next = |shards| {
                let _ = sender.send((began.elapsed().as_millis(), shards));
                std::future::ready(Ok(again))
            };
            run_steps(&notifier, POLL, stopped, next).await;
        });
        (stop, steps)
    }

    #[tokio::test(start_paused = true)]
    async fn a_single_notification_starts_a_step_at_once() {
        let notifier = Arc::default();
        let (_stop, mut steps) = begin(&notifier, Shards::NONE);
        assert_eq!(steps.recv().await, Some((0, Shards::ALL)));
        tokio::time::advance(Duration::from_millis(500)).await;
        notifier.notify(Shards::one(3));
        assert_eq!(steps.recv().await, Some((500, Shards::one(3))));
    }

    #[tokio::test(start_paused = true)]
    async fn notifications_soon_after_a_step_gather_for_the_next_one() {
        let notifier = Arc::default();
        let (_stop, mut steps) = begin(&notifier, Shards::NONE);
        assert_eq!(steps.recv().await, Some((0, Shards::ALL)));
        notifier.notify(Shards::one(1));
        tokio::time::advance(Duration::from_millis(3)).await;
        notifier.notify(Shards::one(2));
        let (at, shards) = steps.recv().await.unwrap();
        assert_eq!(shards, Shards(0b110));
        assert!((10..12).contains(&at), "{at} ms");
    }

    #[tokio::test(start_paused = true)]
    async fn all_shards_are_read_every_poll_however_busy_some_are() {
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
