//! Fan-out: one event extends the delivery cursor of each endpoint that subscribes to it.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError, enqueue};
use selfsame_store::{StoreError, Write};

use super::record::{Endpoint, Endpoints};
use super::{NAME, Webhooks};

/// How often it is tried anew after a conflict.
const ATTEMPTS: usize = 24;

/// The event handler that extends the delivery cursors of all subscribed endpoints under the guard
/// of the endpoints' record: so none is made for a removed endpoint, and none is missing for a new
/// one.
pub(super) struct FanOut(pub(super) Arc<Webhooks>);

impl FanOut {
    async fn give(&self, event: &Event) -> Result<(), StoreError> {
        let known = self.0.endpoint_cache.read().await?;
        let wanting =
            known.endpoints.enabled().filter(|endpoint| endpoint.subscribes_to(&event.event_type));
        let endpoint_subscriptions: Vec<_> = wanting.map(Endpoint::subscription_name).collect();
        if endpoint_subscriptions.is_empty() {
            return Ok(());
        }
        let unchanged = Write::check(Endpoints::key(), known.guard);
        enqueue(
            &self.0.platform.journal,
            &endpoint_subscriptions,
            &event.subject,
            event.sequence,
            &unchanged,
        )
        .await
    }
}

#[async_trait]
impl EventHandler for FanOut {
    fn name(&self) -> &str {
        NAME
    }

    fn handles(&self, event_type: &str) -> bool {
        self.0.endpoint_cache.subscribes_to(event_type)
    }

    async fn handle(&self, event: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.give(event).await {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
            if !matches!(last, Some(StoreError::Conflict(_))) {
                break;
            }
        }
        Err(HandlerError::Retry(last.map(|error| error.to_string()).unwrap_or_default()))
    }
}
