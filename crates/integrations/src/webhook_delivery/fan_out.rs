//! One event becomes a to-do for each endpoint that wants it.

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError, enqueue};
use selfsame_store::{StoreError, Write};

use super::record::{Endpoint, Endpoints};
use super::{NAME, Webhooks};

/// How often it is tried anew because somebody else was quicker.
const ATTEMPTS: usize = 24;

/// Extends the lanes of all endpoints that want an event, under the guard of the endpoints' record:
/// so no lane is made for one that was removed meanwhile, and none is forgotten that was added
/// before.
pub(super) struct FanOut(pub(super) Arc<Webhooks>);

impl FanOut {
    async fn give(&self, event: &Event) -> Result<(), StoreError> {
        let known = self.0.listing.read().await?;
        let wanting =
            known.endpoints.enabled().filter(|endpoint| endpoint.wants(&event.event_type));
        let lanes: Vec<_> = wanting.map(Endpoint::subscription_name).collect();
        if lanes.is_empty() {
            return Ok(());
        }
        let unchanged = Write::check(Endpoints::key(), known.guard);
        enqueue(&self.0.platform.journal, &lanes, &event.subject, event.sequence, &unchanged).await
    }
}

#[async_trait]
impl EventHandler for FanOut {
    fn name(&self) -> &str {
        NAME
    }

    fn handles(&self, event_type: &str) -> bool {
        self.0.listing.wants(event_type)
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
