//! What is counted, and how `/metrics` shows it (`OpenMetrics` text).

mod answers;
mod blobs;
mod histogram;
mod process;
mod reactor;
mod store;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use answers::Answers;
pub use blobs::MeasuredBlobs;
pub use histogram::Durations;
use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
pub use reactor::MeasuredReactor;
use selfsame_web::Observe;
pub use store::MeasuredStore;

/// The media type of what [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A route and how it was answered.
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
struct ByReactor {
    reactor: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Outcome {
    reactor: &'static str,
    outcome: &'static str,
}

/// All counters.
pub struct Metrics {
    answers: Answers,
    throttled: Counter,
    operations: Family<Operation, Durations>,
    failures: Family<Failed, Counter>,
    blobs: Family<Operation, Durations>,
    blob_failures: Family<Operation, Counter>,
    deliveries: Family<Outcome, Counter>,
    lag: Family<ByReactor, Durations>,
    backlog: Family<ByReactor, Gauge>,
    dead: Family<ByReactor, Gauge>,
    store_bytes: Gauge,
    memory: Gauge,
    registry: Mutex<Registry>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            answers: Answers::default(),
            throttled: Counter::default(),
            operations: Family::default(),
            failures: Family::default(),
            blobs: Family::default(),
            blob_failures: Family::default(),
            deliveries: Family::default(),
            lag: Family::default(),
            backlog: Family::default(),
            dead: Family::default(),
            store_bytes: Gauge::default(),
            memory: Gauge::default(),
            registry: Mutex::new(Registry::with_prefix("selfsame")),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let registry = &mut *registry;
        registry.register("build", "What is running", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register(
            "http_requests",
            "Answered requests by method, route and status",
            self.answers.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time to answer a request by method and route, in seconds",
            self.answers.durations.clone(),
        );
        registry.register("http_throttled", "Requests that were refused with 429", self.throttled.clone());
        registry.register(
            "store_operation_duration_seconds",
            "Time of the store's operations (get, get_many, query, commit), in seconds",
            self.operations.clone(),
        );
        registry.register(
            "store_failures",
            "Operations of the store that failed, by operation and kind; a conflict is tried again by itself",
            self.failures.clone(),
        );
        registry.register(
            "blob_operation_duration_seconds",
            "Time of operations on pictures (get, put, delete, list), in seconds",
            self.blobs.clone(),
        );
        registry.register(
            "blob_failures",
            "Operations on pictures that failed since their place was not available",
            self.blob_failures.clone(),
        );
        registry.register(
            "event_deliveries",
            "Events given to a reactor, by reactor and outcome (done, retry, given_up)",
            self.deliveries.clone(),
        );
        registry.register(
            "event_lag_seconds",
            "Time from the commit of an event until a reactor has dealt with it, in seconds",
            self.lag.clone(),
        );
        registry.register(
            "event_backlog_users",
            "Users whose events wait for a reactor",
            self.backlog.clone(),
        );
        registry.register("event_dead_letters", "Events that a reactor has given up on", self.dead.clone());
        registry.register("store_size_bytes", "Space that the store takes", self.store_bytes.clone());
        registry.register("process_resident_memory_bytes", "Memory of the process", self.memory.clone());
    }

    /// All metrics as text.
    #[must_use]
    pub fn text(&self) -> String {
        self.memory.set(process::resident_bytes());
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        // Writing into a string does not fail; a metric that can't be encoded leaves the text without its end, which
        // scrapers refuse.
        let _ = encode(&mut text, &registry);
        text
    }

    /// Sets how many users' events wait for `reactor`, and how many it has given up on.
    pub fn set_events(&self, reactor: &'static str, backlog: usize, dead: usize) {
        let labels = ByReactor { reactor };
        self.backlog.get_or_create(&labels).set(i64::try_from(backlog).unwrap_or(i64::MAX));
        self.dead.get_or_create(&labels).set(i64::try_from(dead).unwrap_or(i64::MAX));
    }

    /// Sets how much space the store takes.
    pub fn set_store_bytes(&self, bytes: u64) {
        self.store_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

impl Observe for Metrics {
    fn answered(&self, method: &'static str, route: &'static str, status: StatusCode, elapsed: Duration) {
        self.answers.count(method, route, status, elapsed);
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.throttled.inc();
        }
    }
}

/// Metrics that several parts count into.
pub type SharedMetrics = Arc<Metrics>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_and_timed_by_route() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/v1/profile", StatusCode::OK, Duration::from_millis(3));
        metrics.answered("GET", "/v1/profile", StatusCode::TOO_MANY_REQUESTS, Duration::from_mins(1));
        let text = metrics.text();
        let lines = [
            "selfsame_http_requests_total{method=\"GET\",route=\"/v1/profile\",status=\"200\"} 1",
            "selfsame_http_request_duration_seconds_bucket{le=\"0.002\",method=\"GET\",route=\"/v1/profile\"} 0",
            "selfsame_http_request_duration_seconds_bucket{le=\"0.005\",method=\"GET\",route=\"/v1/profile\"} 1",
            "selfsame_http_request_duration_seconds_bucket{le=\"+Inf\",method=\"GET\",route=\"/v1/profile\"} 2",
            "selfsame_http_throttled_total 1",
            "# EOF",
        ];
        for line in lines {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn the_process_has_memory() {
        assert!(process::resident_bytes() > 100_000);
    }
}
