//! Background tasks, until the service stops.

use selfsame_app::App;
use std::sync::Arc;
use std::time::Duration;

use selfsame_events::supervision::Supervisor;
use selfsame_events::{Relay, add_up, backlog_details, dead_letters, outbox_depth, quarantine};
use selfsame_platform::{NextStep, run_until};
use selfsame_profiles::gallery::UploadExpirer;
use selfsame_store::{Store as RecordStore, StoreError};
use selfsame_users::populations;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::metrics::SharedMetrics;
use crate::sweep::Sweep;
use crate::wiring::Store;

/// How often the age of the signing key is checked.
const CHECK_KEYS_EVERY: Duration = Duration::from_hours(1);
/// How often the gauges are counted.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Tasks that run until they are stopped, and are restarted where they end before.
#[derive(Debug)]
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    supervisor: Arc<Supervisor>,
}

impl Default for Background {
    fn default() -> Self {
        let mut background = Self {
            stop: watch::Sender::new(false),
            tasks: JoinSet::new(),
            supervisor: Arc::default(),
        };
        let supervisor = Arc::clone(&background.supervisor);
        background.run("supervisor", move |stop| {
            let supervisor = Arc::clone(&supervisor);
            async move { supervisor.watch(stop).await }
        });
        background
    }
}

impl Background {
    /// The supervisor of the tasks, which knows their health.
    #[must_use]
    pub fn supervisor(&self) -> Arc<Supervisor> {
        Arc::clone(&self.supervisor)
    }

    /// Runs the task `name`, which `begin` starts. It must end soon after its argument turns true,
    /// and not before.
    pub fn run<F>(
        &mut self,
        name: &'static str,
        begin: impl Fn(watch::Receiver<bool>) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send,
    {
        let (supervisor, stop) = (self.supervisor(), self.stop.subscribe());
        self.tasks.spawn(async move {
            supervisor.supervise(name, stop.clone(), || begin(stop.clone())).await;
        });
    }

    /// Runs the relay and its workers.
    pub fn relay(&mut self, relay: Relay) {
        self.tasks.spawn(relay.run(self.supervisor(), self.stop.subscribe()));
    }

    /// Runs the periodic tasks of the states of `app`.
    pub fn maintenance(&mut self, app: &Arc<App>) {
        self.run_shared("presence", Arc::clone(&app.users), |users, stop| async move {
            users.last_seen.run(stop).await;
        });
        self.run_shared("monitoring", Arc::clone(&app.identity), |identity, stop| async move {
            identity.signals.writer.run(stop).await;
        });
        self.run_shared("blob-ledger", Arc::clone(&app.media), |media, stop| async move {
            media.blob_gc.run(stop).await;
        });
        let live = Arc::clone(&app.activity.streams);
        self.run_shared("live-streams", live, |live, stop| async move { live.run(stop).await });
        let uploads = Arc::new(UploadExpirer::new(&app.profiles));
        self.run_shared("uploads", uploads, |uploads, stop| async move { uploads.run(stop).await });
        let post = Arc::clone(&app.mail);
        self.run_shared("mail", post, |post, stop| async move { post.run(stop).await });
    }

    fn run_shared<T, F>(
        &mut self,
        name: &'static str,
        part: Arc<T>,
        begin: impl Fn(Arc<T>, watch::Receiver<bool>) -> F + Send + Sync + 'static,
    ) where
        T: Send + Sync + 'static,
        F: Future<Output = ()> + Send,
    {
        self.run(name, move |stop| begin(Arc::clone(&part), stop));
    }

    /// Removes expired items, while the wall clock is trusted.
    pub(crate) fn sweep(&mut self, sweep: Sweep) {
        self.run_shared(
            "sweep",
            Arc::new(sweep),
            |sweep, stop| async move { sweep.run(stop).await },
        );
    }

    /// Replaces the signing key of tokens once it is older than `age`. Every node may do this.
    pub fn rotate_keys(&mut self, app: Arc<App>, age: Duration) {
        self.repeat("key-rotation", CHECK_KEYS_EVERY, move || {
            let app = Arc::clone(&app);
            async move {
                if app.identity.tokens.rotate_after(age).await? {
                    tracing::info!(
                        "a new signing key is published; it signs in a quarter of an hour"
                    );
                }
                Ok(())
            }
        });
    }

    /// Counts the gauges.
    pub fn count(&mut self, store: Store, app: Arc<App>, metrics: SharedMetrics) {
        self.repeat("counts", COUNT_EVERY, move || {
            let (store, app, metrics) = (store.clone(), Arc::clone(&app), Arc::clone(&metrics));
            async move {
                count_all(&store, &app, &metrics).await;
                Ok(())
            }
        });
    }

    /// Repeats `turn` periodically; a failure is logged, and the next turn runs all the same.
    fn repeat<F>(
        &mut self,
        name: &'static str,
        every: Duration,
        turn: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), StoreError>> + Send,
    {
        let turn = Arc::new(turn);
        self.run(name, move |stop| {
            let turn = Arc::clone(&turn);
            async move {
                run_until(stop, every, None, || async {
                    if let Err(error) = turn().await {
                        tracing::warn!(task = name, %error, "a chore failed; it is tried again");
                    }
                    NextStep::Wait
                })
                .await;
            }
        });
    }

    /// Stops all tasks; returns whether they ended within `grace`.
    pub async fn finish(mut self, grace: Duration) -> bool {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(grace, all).await.is_ok()
    }
}

/// Counts every gauge independently, so that a damaged record affects its own gauge only.
async fn count_all(store: &Store, app: &Arc<App>, metrics: &SharedMetrics) {
    let depth = outbox_depth(&*store.items).await;
    log_failure("outbox", depth.map(|depth| metrics.set_outbox(depth)));
    let stats = store.maintenance.stats().await;
    log_failure(
        "size of the store",
        stats.map(|stats| metrics.set_store_bytes(stats.bytes, stats.free_bytes)),
    );
    log_failure(
        "users who were never counted",
        populations::look(&app.platform, &*store.maintenance).await,
    );
    log_failure("differences of populations", add_up(&app.platform.journal).await);
    log_failure("populations", populations::show(&app.platform).await);
    let quarantined = quarantine::counts(&*store.maintenance).await;
    log_failure("quarantine", quarantined.map(|counts| metrics.set_quarantined(&counts)));
    log_failure("events", count(&*store.items, app, metrics).await);
}

/// Logs that `what` could not be counted.
fn log_failure(what: &'static str, outcome: Result<(), StoreError>) {
    if let Err(error) = outcome {
        tracing::warn!(what, %error, "something could not be counted; all else is, and this is tried again");
    }
}

/// Counts the backlog of each subscription, and drops the series of those that no longer exist.
async fn count(
    store: &dyn RecordStore,
    app: &Arc<App>,
    metrics: &SharedMetrics,
) -> Result<(), StoreError> {
    let names = app.integrations.subscription_names().await?;
    for name in &names {
        let dead = dead_letters(store, name).await?.len();
        let waiting = backlog_details(store, name).await?;
        let oldest =
            waiting.oldest.map(|oldest| app.platform.now().since(oldest)).unwrap_or_default();
        metrics.set_events(name, waiting.users, oldest, dead);
    }
    metrics.keep_events(&names);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use selfsame_identity::administrators::set_administrator;
    use selfsame_primitives::UserId;
    use selfsame_store::{Guard, Key, Write};
    use selfsame_testbed::Testbed;
    use serde_json::json;

    #[tokio::test]
    async fn tasks_are_stopped_and_awaited() {
        let mut background = Background::default();
        let (done, was_done) = tokio::sync::oneshot::channel();
        let done = std::sync::Mutex::new(Some(done));
        background.run("test", move |mut stop| {
            let done = done.lock().unwrap().take();
            async move {
                let _ = stop.changed().await;
                let _ = done.map(|done| done.send(()));
            }
        });
        tokio::task::yield_now().await;
        assert!(background.finish(Duration::from_mins(1)).await);
        assert_eq!(was_done.await, Ok(()));
    }

    #[tokio::test]
    async fn what_waits_for_a_webhook_is_counted_until_it_is_removed() {
        let bed = Testbed::new();
        let ada = bed.register("ada").await;
        set_administrator(&bed.app.identity, &UserId::parse(&ada.id).unwrap(), true).await.unwrap();
        let url = "https://hooks.example.org/";
        let webhook = json!({"url": url, "eventTypes": ["profile.updated"]});
        let made =
            bed.post("/internal/v1/webhooks", &webhook).by(&ada).send().await.expect(201).data();
        bed.hooks.answer(url, 503, Some("3600"));
        bed.put("/v1/profile", &json!({"bio": "Notes"})).by(&ada).send().await.expect(200);
        bed.events().await;
        bed.clock.advance(Duration::from_mins(5));
        let metrics = SharedMetrics::default();
        count(&*bed.store, &bed.app, &metrics).await.unwrap();
        let id = made["id"].as_str().unwrap();
        let text = metrics.text();
        for (name, value) in [
            ("event_backlog_users", 1),
            ("event_oldest_waiting_seconds", 300),
            ("event_dead_letters", 0),
        ] {
            let line = format!("selfsame_{name}{{reactor=\"webhook.{id}\"}} {value}\n");
            assert!(text.contains(&line), "{line}\n{text}");
        }
        bed.delete(&format!("/internal/v1/webhooks/{id}")).by(&ada).send().await.expect(204);
        count(&*bed.store, &bed.app, &metrics).await.unwrap();
        let text = metrics.text();
        assert!(
            !text.contains(id)
                && text.contains("selfsame_event_backlog_users{reactor=\"webhooks\"} "),
            "{text}"
        );
        bed.events().await;
    }

    #[tokio::test]
    async fn a_figure_that_can_not_be_counted_keeps_no_other_from_it() {
        let bed = Testbed::new();
        let damaged = [("populations/00", "all"), ("populations/01", "difference/1")].map(
            |(partition, sort)| Write::put(Key::new(partition, sort), Guard::Absent, "damaged"),
        );
        bed.app.platform.journal.commit(damaged.into()).await.unwrap();
        let store = Store { items: bed.store.clone(), maintenance: bed.store.clone() };
        let metrics = SharedMetrics::default();
        count_all(&store, &bed.app, &metrics).await;
        assert!(populations::show(&bed.app.platform).await.is_err(), "the figure that is missing");
        let text = metrics.text();
        for line in [
            "selfsame_quarantined{kind=\"populations\"} 1\n",
            "selfsame_event_backlog_users{reactor=\"webhooks\"} 0\n",
            "selfsame_event_oldest_waiting_seconds{reactor=\"webhooks\"} 0\n",
            "selfsame_event_dead_letters{reactor=\"webhooks\"} 0\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("selfsame_store_size_bytes 0\n"), "{text}");
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
        background.run("test", |_| std::future::pending());
        tokio::task::yield_now().await;
        assert!(!background.finish(Duration::from_secs(1)).await);
    }
}
