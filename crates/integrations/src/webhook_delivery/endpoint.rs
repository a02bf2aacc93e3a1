//! Each enabled endpoint as an event handler of its own.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{
    DeliveryAttempt, Event, EventHandler, HandlerError, SubscriptionSource, discard,
};
use selfsame_store::StoreError;
use tokio::sync::Notify;

use super::Webhooks;
use super::record::{Endpoint, subscription_name};

/// The enabled endpoints.
pub(super) struct EndpointSubscriptions(pub(super) Arc<Webhooks>);

#[async_trait]
impl SubscriptionSource for EndpointSubscriptions {
    async fn members(&self) -> Result<Vec<Arc<dyn EventHandler>>, StoreError> {
        let known = self.0.endpoint_cache.read().await?;
        for removed in &known.endpoints.leaving {
            // The remaining endpoints must not wait for that.
            if let Err(error) = self.clear(removed).await {
                tracing::warn!(%error, "what waits for a removed webhook can't be taken back; it is tried again");
            }
        }
        Ok(known.endpoints.enabled().map(|endpoint| self.member(endpoint)).collect())
    }

    fn changed(&self) -> Arc<Notify> {
        self.0.endpoint_cache.changed()
    }
}

impl EndpointSubscriptions {
    fn member(&self, endpoint: &Endpoint) -> Arc<dyn EventHandler> {
        Arc::new(EndpointHandler {
            webhooks: Arc::clone(&self.0),
            subscription_name: endpoint.subscription_name(),
            id: endpoint.id.clone(),
        })
    }

    /// Discards a step of what waits for a removed endpoint, and forgets the endpoint when nothing
    /// is left.
    async fn clear(&self, id: &str) -> Result<(), StoreError> {
        if discard(&self.0.platform.journal, &subscription_name(id)).await? {
            self.0.forget(id).await?;
        }
        Ok(())
    }
}

/// Delivers events to one endpoint.
struct EndpointHandler {
    webhooks: Arc<Webhooks>,
    id: String,
    subscription_name: String,
}

#[async_trait]
impl EventHandler for EndpointHandler {
    fn name(&self) -> &str {
        &self.subscription_name
    }

    /// A delivery cursor is a range, so it contains events that the endpoint does not subscribe to.
    fn handles(&self, event_type: &str) -> bool {
        let known = self.webhooks.endpoint_cache.last();
        known.is_none_or(|known| {
            known.find(&self.id).is_none_or(|endpoint| endpoint.subscribes_to(event_type))
        })
    }

    async fn handle(&self, event: &Event, attempt: DeliveryAttempt) -> Result<(), HandlerError> {
        let failed = |error: StoreError| HandlerError::Retry(error.to_string());
        let known = self.webhooks.endpoint_cache.recent().await.map_err(failed)?;
        let Some(endpoint) = known.find(&self.id).filter(|endpoint| endpoint.is_enabled()) else {
            return Err(HandlerError::Retry("the endpoint is disabled or removed".into()));
        };
        self.webhooks.deliver(endpoint, event, attempt).await
    }
}
