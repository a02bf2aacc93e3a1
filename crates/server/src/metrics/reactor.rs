//! A reactor that is watched.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use selfsame_basics::Clock;
use selfsame_events::{Event, Failure, Reactor};

use super::{ByReactor, Outcome, SharedMetrics};

/// Counts what the reactor behind it does, and how long after the commit.
pub struct MeasuredReactor {
    inner: Arc<dyn Reactor>,
    metrics: SharedMetrics,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for MeasuredReactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeasuredReactor")
    }
}

impl MeasuredReactor {
    /// Watches `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Reactor>, metrics: SharedMetrics, clock: Arc<dyn Clock>) -> Self {
        Self { inner, metrics, clock }
    }
}

#[async_trait]
impl Reactor for MeasuredReactor {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn wants(&self, event_type: &str) -> bool {
        self.inner.wants(event_type)
    }

    async fn ready(&self) -> bool {
        self.inner.ready().await
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        let result = self.inner.react(event).await;
        let reactor = self.name().to_owned();
        let outcome = match &result {
            Ok(()) => "done",
            Err(Failure::Retry(_) | Failure::RetryAfter(..)) => "retry",
            Err(Failure::GiveUp(_)) => "given_up",
        };
        self.metrics.deliveries.get_or_create(&Outcome { reactor: reactor.clone(), outcome }).inc();
        if result.is_ok() {
            let lag = self.clock.now().since(event.occurred_at);
            self.metrics.lag.get_or_create(&ByReactor { reactor }).observe(lag);
        }
        result
    }
}
