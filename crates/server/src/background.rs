//! What runs beside the requests, until the service stops.

use std::sync::Arc;
use std::time::Duration;

use selfsame_accounts::{Shared, populations};
use selfsame_basics::Clock;
use selfsame_events::{Relay, dead_letters, outbox_depth, waiting};
use selfsame_items::{ItemStore, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::metrics::SharedMetrics;
use crate::sweep;
use crate::wiring::Store;

/// How often the age of the signing key is looked at.
const LOOK_AT_KEYS_EVERY: Duration = Duration::from_hours(1);
/// How often what waits is counted.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Tasks that run until they are stopped.
#[derive(Debug)]
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Default for Background {
    fn default() -> Self {
        Self { stop: watch::Sender::new(false), tasks: JoinSet::new() }
    }
}

impl Background {
    /// Tells when to stop.
    #[must_use]
    pub fn stopped(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Runs `task`, which must end soon after [`Background::stopped`] turns true.
    pub fn run(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Brings events to their reactors.
    pub fn relay(&mut self, relay: Relay) {
        let stop = self.stopped();
        self.run(relay.run(stop));
    }

    /// Removes expired items.
    pub fn sweep(&mut self, store: Store, clock: Arc<dyn Clock>) {
        let stop = self.stopped();
        self.run(sweep::run(store, clock, stop));
    }

    /// Replaces the key that tokens are signed with once it is older than `age`. Every node may do this.
    pub fn rotate_keys(&mut self, app: Shared, age: Duration) {
        self.repeat(LOOK_AT_KEYS_EVERY, move || {
            let app = Arc::clone(&app);
            async move {
                if app.tokens.rotate_after(age).await? {
                    tracing::info!("a new signing key is published; it signs in a quarter of an hour");
                }
                Ok(())
            }
        });
    }

    /// Counts what waits.
    pub fn count(&mut self, store: Store, app: Shared, metrics: SharedMetrics) {
        self.repeat(COUNT_EVERY, move || {
            let (store, app, metrics) = (store.clone(), Arc::clone(&app), Arc::clone(&metrics));
            async move {
                metrics.set_outbox(outbox_depth(&*store.items).await?);
                let stats = store.chores.stats().await?;
                metrics.set_store_bytes(stats.bytes, stats.free_bytes);
                populations::count(&app, &*store.chores).await?;
                count(&*store.items, &app, &metrics).await
            }
        });
    }

    /// Repeats `turn` every so often; a failure is logged, and the next turn comes all the same.
    fn repeat<F>(&mut self, every: Duration, turn: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = Result<(), StoreError>> + Send,
    {
        let mut stop = self.stopped();
        self.run(async move {
            while !*stop.borrow() {
                if let Err(error) = turn().await {
                    tracing::warn!(%error, "a chore failed; it is tried again");
                }
                tokio::select! {
                    () = tokio::time::sleep(every) => {}
                    _ = stop.changed() => {}
                }
            }
        });
    }

    /// Has all tasks finish what they are at; says whether they did within `grace`.
    pub async fn finish(mut self, grace: Duration) -> bool {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(grace, all).await.is_ok()
    }
}

/// Counts what waits for each reactor, and forgets those that there are no more.
async fn count(store: &dyn ItemStore, app: &Shared, metrics: &SharedMetrics) -> Result<(), StoreError> {
    let names = app.reactor_names().await?;
    for name in &names {
        let dead = dead_letters(store, name).await?.len();
        let waiting = waiting(store, name).await?;
        let oldest = waiting.oldest.map(|oldest| app.now().since(oldest)).unwrap_or_default();
        metrics.set_events(name, waiting.users, oldest, dead);
    }
    metrics.keep_events(&names);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use selfsame_accounts::operators::appoint;
    use selfsame_basics::UserId;
    use selfsame_testbed::Testbed;
    use serde_json::json;

    #[tokio::test]
    async fn tasks_are_told_to_stop_and_waited_for() {
        let mut background = Background::default();
        let (done, was_done) = tokio::sync::oneshot::channel();
        let mut stop = background.stopped();
        background.run(async move {
            let _ = stop.changed().await;
            let _ = done.send(());
        });
        assert!(background.finish(Duration::from_mins(1)).await);
        assert_eq!(was_done.await, Ok(()));
    }

    #[tokio::test]
    async fn what_waits_for_a_webhook_is_counted_until_it_is_removed() {
        let bed = Testbed::new();
        let ada = bed.register("ada").await;
        appoint(&bed.app, &UserId::parse(&ada.id).unwrap(), true).await.unwrap();
        let url = "https://hooks.example.org/";
        let hook = json!({"url": url, "eventTypes": ["profile.updated"]});
        let made = bed.post("/internal/v1/webhooks", &hook).by(&ada).send().await.expect(201).data();
        bed.hooks.answer(url, 503, Some("3600"));
        bed.put("/v1/profile", &json!({"bio": "Notes"})).by(&ada).send().await.expect(200);
        bed.events().await;
        bed.clock.advance(Duration::from_mins(5));
        let metrics = SharedMetrics::default();
        count(&*bed.store, &bed.app, &metrics).await.unwrap();
        let id = made["id"].as_str().unwrap();
        let text = metrics.text();
        for (name, value) in
            [("event_backlog_users", 1), ("event_oldest_waiting_seconds", 300), ("event_dead_letters", 0)]
        {
            let line = format!("selfsame_{name}{{reactor=\"webhook.{id}\"}} {value}\n");
            assert!(text.contains(&line), "{line}\n{text}");
        }
        bed.delete(&format!("/internal/v1/webhooks/{id}")).by(&ada).send().await.expect(204);
        count(&*bed.store, &bed.app, &metrics).await.unwrap();
        let text = metrics.text();
        assert!(
            !text.contains(id) && text.contains("selfsame_event_backlog_users{reactor=\"webhooks\"} "),
            "{text}"
        );
        bed.events().await;
    }

    async fn keys(bed: &Testbed) -> usize {
        let set = bed.get("/.well-known/jwks.json").send().await.expect(200).json();
        set["keys"].as_array().unwrap().len()
    }

    #[tokio::test]
    async fn a_signing_key_that_is_too_old_is_replaced() {
        let bed = Testbed::new();
        assert_eq!(keys(&bed).await, 1);
        let age = Duration::from_hours(24);
        bed.clock.advance(age);
        let mut background = Background::default();
        background.rotate_keys(Arc::clone(&bed.app), age);
        while keys(&bed).await < 2 {
            tokio::task::yield_now().await;
        }
        assert!(background.finish(Duration::from_mins(1)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_end_is_not_waited_for_for_ever() {
        let mut background = Background::default();
        background.run(std::future::pending());
        assert!(!background.finish(Duration::from_secs(1)).await);
    }
}
