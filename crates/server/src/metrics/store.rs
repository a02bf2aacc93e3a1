//! A store with metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use prometheus_client::metrics::counter::Counter;
use selfsame_store::{Commit, Item, Key, Page, Query, Store, StoreError};

use super::{Durations, Failed, Operation, SharedMetrics};

/// Times every operation of the store inside.
pub struct MeasuredStore {
    inner: Arc<dyn Store>,
    metrics: SharedMetrics,
    get: Durations,
    get_many: Durations,
    query: Durations,
    commit: Durations,
}

impl fmt::Debug for MeasuredStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeasuredStore")
    }
}

impl MeasuredStore {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, metrics: SharedMetrics) -> Self {
        let of = |operation| metrics.operations.get_or_create_owned(&Operation { operation });
        let (get, get_many, query, commit) = (of("get"), of("get_many"), of("query"), of("commit"));
        Self { inner, metrics, get, get_many, query, commit }
    }

    fn note<T>(
        &self,
        operation: &'static str,
        durations: &Durations,
        started: Instant,
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        durations.observe(started.elapsed());
        result.inspect_err(|error| {
            self.failures(operation, error).inc();
        })
    }

    fn failures(&self, operation: &'static str, error: &StoreError) -> Counter {
        let kind = match error {
            StoreError::Conflict(_) => "conflict",
            StoreError::Unavailable(_) => "unavailable",
            StoreError::Unknown(_) => "unknown",
            StoreError::Limit(_) => "limit",
            StoreError::Corrupt(_) => "corrupt",
            StoreError::Newer(_) => "newer",
        };
        self.metrics.failures.get_or_create_owned(&Failed { operation, kind })
    }
}

#[async_trait]
impl Store for MeasuredStore {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let started = Instant::now();
        let result = self.inner.get(key).await;
        self.note("get", &self.get, started, result)
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        let started = Instant::now();
        let result = self.inner.get_many(keys).await;
        self.note("get_many", &self.get_many, started, result)
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let started = Instant::now();
        let result = self.inner.query(query).await;
        self.note("query", &self.query, started, result)
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let started = Instant::now();
        let result = self.inner.commit(commit).await;
        self.note("commit", &self.commit, started, result)
    }
}
