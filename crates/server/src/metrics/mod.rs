//! The metrics, and their text at `/metrics` (`OpenMetrics`).

mod answers;
mod blobs;
#[cfg(test)]
mod deployed;
mod features;
mod histogram;
mod process;
mod reactor;
mod reference;
mod store;
mod uploads;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use answers::Answers;
pub use blobs::MeasuredBlobs;
use features::FeatureCounts;
pub use histogram::Durations;
use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::{Metric, Registry};
pub use reactor::MeasuredHandler;
pub use reference::markdown;
use selfsame_events::supervision::{Condition, Supervisor, TaskReport};
use selfsame_web::Counters;
use selfsame_web::ResponseObserver;
pub use store::MeasuredStore;
pub use uploads::MeasuredUploads;

/// The media type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The prefix of every name.
const PREFIX: &str = "selfsame";

/// The labels of a response.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct OnRoute {
    method: &'static str,
    route: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Failed {
    operation: &'static str,
    kind: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct BySubscription {
    reactor: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Outcome {
    reactor: String,
    outcome: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct ByTask {
    task: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct ByKind {
    kind: String,
}

/// All metrics.
pub struct Metrics {
    answers: Answers,
    throttled: Counter,
    operations: Family<Operation, Durations>,
    failures: Family<Failed, Counter>,
    blobs: Family<Operation, Durations>,
    blob_failures: Family<Operation, Counter>,
    uploads: Family<Operation, Durations>,
    upload_failures: Family<Operation, Counter>,
    deliveries: Family<Outcome, Counter>,
    lag: Family<BySubscription, Durations>,
    backlog: Family<BySubscription, Gauge>,
    dead: Family<BySubscription, Gauge>,
    oldest: Family<BySubscription, Gauge>,
    /// The subscriptions for which the three gauges above are shown.
    waited_for: Mutex<BTreeSet<String>>,
    outbox: Gauge,
    restarts: Family<ByTask, Counter>,
    stalled: Family<ByTask, Gauge>,
    supervisor: Mutex<Arc<Supervisor>>,
    quarantined: Family<ByKind, Gauge>,
    store_bytes: Gauge,
    store_free_bytes: Gauge,
    memory: Gauge,
    /// The metrics registered here: name, kind and meaning.
    own: Vec<(&'static str, MetricType, &'static str)>,
    registry: Mutex<Registry>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            answers: Answers::default(),
            throttled: Counter::default(),
            operations: Family::default(),
            failures: Family::default(),
            blobs: Family::default(),
            blob_failures: Family::default(),
            uploads: Family::default(),
            upload_failures: Family::default(),
            deliveries: Family::default(),
            lag: Family::default(),
            backlog: Family::default(),
            dead: Family::default(),
            oldest: Family::default(),
            waited_for: Mutex::default(),
            outbox: Gauge::default(),
            restarts: Family::default(),
            stalled: Family::default(),
            supervisor: Mutex::default(),
            quarantined: Family::default(),
            store_bytes: Gauge::default(),
            store_free_bytes: Gauge::default(),
            memory: Gauge::default(),
            own: Vec::new(),
            registry: Mutex::new(Registry::with_prefix(PREFIX)),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        self.add("build", "What is running", version);
        self.add(
            "http_requests",
            "Answered requests by method, route and status",
            self.answers.requests.clone(),
        );
        self.add(
            "http_request_duration_seconds",
            "Time to answer a request by method and route, in seconds",
            self.answers.durations.clone(),
        );
        self.add("http_throttled", "Requests that were refused with 429", self.throttled.clone());
        self.add(
            "store_operation_duration_seconds",
            "Time of the store's operations (get, get_many, query, commit), in seconds",
            self.operations.clone(),
        );
        self.add(
            "store_failures",
            "Operations of the store that failed, by operation and kind; a conflict is tried again by itself",
            self.failures.clone(),
        );
        self.add(
            "blob_operation_duration_seconds",
            "Time of operations on pictures (get, put, delete, list), in seconds",
            self.blobs.clone(),
        );
        self.add(
            "blob_failures",
            "Operations on pictures that failed since their place was not available",
            self.blob_failures.clone(),
        );
        self.add(
            "upload_operation_duration_seconds",
            "Time of operations on files that clients upload for galleries (form, receive, head, get, delete, list), in seconds",
            self.uploads.clone(),
        );
        self.add(
            "upload_failures",
            "Operations on uploaded files that failed since their place was not available",
            self.upload_failures.clone(),
        );
        self.add(
            "event_deliveries",
            "Events given to a reactor, by reactor and outcome (done, retry, given_up)",
            self.deliveries.clone(),
        );
        self.add(
            "event_lag_seconds",
            "Time from the commit of an event until a reactor has dealt with it, in seconds",
            self.lag.clone(),
        );
        self.add(
            "event_backlog_users",
            "Users whose events wait for a reactor",
            self.backlog.clone(),
        );
        self.add(
            "event_oldest_waiting_seconds",
            "Age of the oldest event that waits for a reactor, among those that were looked at; 0 where none waits",
            self.oldest.clone(),
        );
        self.add(
            "event_outbox_pointers",
            "Commits whose events the relay has not handed to reactors yet",
            self.outbox.clone(),
        );
        self.add("event_dead_letters", "Events that a reactor has given up on", self.dead.clone());
        self.add(
            "task_restarts",
            "How often a background task ended by itself and was begun again",
            self.restarts.clone(),
        );
        self.add(
            "task_stalled",
            "Whether a background task has made no progress for a minute (1) or is well (0)",
            self.stalled.clone(),
        );
        self.add(
            "quarantined",
            "Records of queues that could not be read and were set aside, by kind",
            self.quarantined.clone(),
        );
        self.add("store_size_bytes", "Space that the store takes", self.store_bytes.clone());
        self.add(
            "store_free_bytes",
            "Space within the store that nothing lies in; it is used again, or given back by `selfsame compact`",
            self.store_free_bytes.clone(),
        );
        self.add("process_resident_memory_bytes", "Memory of the process", self.memory.clone());
    }

    fn add<M: TypedMetric + Metric>(&mut self, name: &'static str, help: &'static str, metric: M) {
        self.own.push((name, M::TYPE, help));
        let registry = self.registry.get_mut().unwrap_or_else(PoisonError::into_inner);
        registry.register(name, help, metric);
    }

    /// Adds the metrics of the features.
    pub fn show(&self, counts: Arc<Counters>) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register_collector(Box::new(FeatureCounts(counts)));
    }

    /// Adds the state of the tasks of `supervisor`.
    pub fn show_tasks(&self, supervisor: Arc<Supervisor>) {
        *self.supervisor.lock().unwrap_or_else(PoisonError::into_inner) = supervisor;
    }

    /// Sets the gauges of the existing tasks, and of no others. Only one scrape at a time may call
    /// it.
    fn set_tasks(&self) {
        let tasks = self.supervisor.lock().unwrap_or_else(PoisonError::into_inner).report();
        self.stalled.clear();
        self.restarts.clear();
        for TaskReport { name, condition, restarts } in tasks {
            let labels = ByTask { task: name };
            self.stalled.get_or_create(&labels).set(i64::from(condition == Condition::Stalled));
            self.restarts.get_or_create(&labels).inc_by(restarts);
        }
    }

    /// Sets the number of quarantined records, by kind.
    pub fn set_quarantined(&self, counts: &[(String, usize)]) {
        self.quarantined.clear();
        for (kind, records) in counts {
            let labels = ByKind { kind: kind.clone() };
            self.quarantined
                .get_or_create(&labels)
                .set(i64::try_from(*records).unwrap_or(i64::MAX));
        }
    }

    /// All metrics as text.
    #[must_use]
    pub fn text(&self) -> String {
        self.memory.set(process::resident_bytes());
        // Before the tasks are set: two concurrent scrapes would each add the existing tasks.
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        self.set_tasks();
        let mut text = String::new();
        // Writing to a string does not fail. A metric that can't be encoded leaves the text without
        // its end marker, which scrapers refuse.
        let _ = encode(&mut text, &registry);
        text
    }

    /// Sets the backlog of the subscription `reactor`, in users, the age of its oldest event, and
    /// the number of its dead letters. `reactor` is the label that is exported.
    pub fn set_events(&self, reactor: &str, backlog: usize, oldest: Duration, dead: usize) {
        let labels = BySubscription { reactor: reactor.to_owned() };
        self.oldest.get_or_create(&labels).set(i64::try_from(oldest.as_secs()).unwrap_or(i64::MAX));
        self.backlog.get_or_create(&labels).set(i64::try_from(backlog).unwrap_or(i64::MAX));
        self.dead.get_or_create(&labels).set(i64::try_from(dead).unwrap_or(i64::MAX));
        self.waited_for().insert(labels.reactor);
    }

    /// Keeps the values of [`Metrics::set_events`] for `subscriptions` and drops all others:
    /// subscriptions come and go, and the value of a removed one would stay as it was for ever.
    pub fn keep_events(&self, subscriptions: &[String]) {
        let mut waited_for = self.waited_for();
        for reactor in waited_for.extract_if(.., |name| !subscriptions.contains(name)) {
            let labels = BySubscription { reactor };
            for family in [&self.backlog, &self.dead, &self.oldest] {
                family.remove(&labels);
            }
        }
    }

    fn waited_for(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.waited_for.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the number of outbox records.
    pub fn set_outbox(&self, pointers: usize) {
        self.outbox.set(i64::try_from(pointers).unwrap_or(i64::MAX));
    }

    /// Sets the size of the store, and the free space in it.
    pub fn set_store_bytes(&self, bytes: u64, free: u64) {
        self.store_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        self.store_free_bytes.set(i64::try_from(free).unwrap_or(i64::MAX));
    }
}

impl ResponseObserver for Metrics {
    fn answered(
        &self,
        method: &'static str,
        route: &'static str,
        status: StatusCode,
        elapsed: Duration,
    ) {
        self.answers.count(method, route, status, elapsed);
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.throttled.inc();
        }
    }
}

/// Metrics that several tasks update.
pub type SharedMetrics = Arc<Metrics>;

#[cfg(test)]
mod tests;
