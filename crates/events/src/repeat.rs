//! Doing one step after the other, for as long as there is anything to do.

use std::time::Duration;

use selfsame_items::StoreError;
use tokio::sync::{Notify, watch};

/// Repeats `next` until `stop`: at once while there is work, else when `wake` is notified or after `poll`.
pub(crate) async fn repeat<F, S>(wake: &Notify, poll: Duration, mut stop: watch::Receiver<bool>, next: S)
where
    F: Future<Output = Result<bool, StoreError>>,
    S: Fn() -> F,
{
    while !*stop.borrow() {
        let woken = wake.notified();
        match next().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a step of the relay failed; it is tried again"),
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(poll) => {}
            _ = stop.changed() => {}
        }
    }
}
