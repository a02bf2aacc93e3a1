//! An event handler with metrics.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError};
use selfsame_primitives::Clock;

use super::{BySubscription, Outcome, SharedMetrics};

/// Counts the deliveries of the handler inside, and their delay after the commit.
pub struct MeasuredHandler {
    inner: Arc<dyn EventHandler>,
    metrics: SharedMetrics,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for MeasuredHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeasuredHandler")
    }
}

impl MeasuredHandler {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(
        inner: Arc<dyn EventHandler>,
        metrics: SharedMetrics,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { inner, metrics, clock }
    }
}

#[async_trait]
impl EventHandler for MeasuredHandler {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn handles(&self, event_type: &str) -> bool {
        self.inner.handles(event_type)
    }

    async fn ready(&self) -> bool {
        self.inner.ready().await
    }

    async fn handle(&self, event: &Event, attempt: DeliveryAttempt) -> Result<(), HandlerError> {
        let result = self.inner.handle(event, attempt).await;
        let reactor = self.name().to_owned();
        let outcome = match &result {
            Ok(()) => "done",
            Err(HandlerError::Retry(_) | HandlerError::RetryAfter(..)) => "retry",
            Err(HandlerError::GiveUp(_)) => "given_up",
        };
        self.metrics.deliveries.get_or_create(&Outcome { reactor: reactor.clone(), outcome }).inc();
        if result.is_ok() {
            let lag = self.clock.now().since(event.occurred_at);
            self.metrics.lag.get_or_create(&BySubscription { reactor }).observe(lag);
        }
        result
    }
}
