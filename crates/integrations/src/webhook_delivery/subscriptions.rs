//! The names and replays of endpoint subscriptions.

use std::sync::Arc;

use selfsame_events::Replay;
use selfsame_store::{StoreError, Write};

use super::Webhooks;
use super::record::{Endpoint, Endpoints, SUBSCRIPTION_PREFIX};

/// Whether `subscription` is the name of an endpoint subscription, whether or not the endpoint
/// exists.
pub(crate) fn is_endpoint_subscription(subscription: &str) -> bool {
    subscription.starts_with(SUBSCRIPTION_PREFIX)
}

impl Webhooks {
    /// The subscription names of all endpoints, disabled ones included. What waits for a removed
    /// endpoint is discarded, so it has none.
    pub(crate) async fn endpoint_subscriptions(&self) -> Result<Vec<String>, StoreError> {
        Ok(self
            .endpoint_cache
            .read()
            .await?
            .endpoints
            .endpoints
            .iter()
            .map(Endpoint::subscription_name)
            .collect())
    }

    /// A replay for the subscription of this name, under the guard of the list of endpoints; `None`
    /// where there is no such endpoint.
    pub(crate) async fn endpoint_replay(
        &self,
        subscription: &str,
    ) -> Result<Option<Replay>, StoreError> {
        let known = self.endpoint_cache.read().await?;
        let is_there = known
            .endpoints
            .endpoints
            .iter()
            .any(|endpoint| endpoint.subscription_name() == subscription);
        let unchanged = Write::check(Endpoints::key(), known.guard);
        Ok(is_there.then(|| {
            Replay::new(Arc::clone(&self.platform.journal), subscription)
                .with_precondition(unchanged)
        }))
    }
}
