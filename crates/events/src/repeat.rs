//! Doing one step after the other, for as long as there is anything to do.

use std::time::Duration;

use selfsame_items::StoreError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::shards::Shards;
use crate::wakes::Bell;

/// Steps begin at least so far apart. What comes meanwhile gathers, so that the busier it is, the more one step does; what comes
/// alone is done at once.
const GATHER: Duration = Duration::from_millis(10);

/// Repeats `next` until `stop`: on the shards for which `bell` is rung or which the last step asks for again, and on all of them
/// every `poll`, since nobody rings for what is tried again or what other processes write.
pub(crate) async fn repeat<F, S>(bell: &Bell, poll: Duration, mut stop: watch::Receiver<bool>, next: S)
where
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
                bell.rung().await;
            }
            sleep_until(began + GATHER).await;
        };
        tokio::select! {
            () = called => {}
            () = sleep_until(poll_at) => {}
            _ = stop.changed() => {}
        }
    }
}
