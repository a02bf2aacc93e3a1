//! The lanes of endpoints, for those who look after what waits in them.

use std::sync::Arc;

use selfsame_events::Replay;
use selfsame_store::{StoreError, Write};

use super::Webhooks;
use super::record::{Endpoint, Endpoints, LANE};

/// Whether `reactor` is the name of a lane: of an endpoint that is there, or was, or never will be.
pub(crate) fn is_lane(reactor: &str) -> bool {
    reactor.starts_with(LANE)
}

impl Webhooks {
    /// The names of the lanes of all endpoints, those that are disabled among them; what waits for
    /// an endpoint that was removed is taken back, and so is in none of them.
    pub(crate) async fn lanes(&self) -> Result<Vec<String>, StoreError> {
        Ok(self
            .listing
            .read()
            .await?
            .endpoints
            .endpoints
            .iter()
            .map(Endpoint::subscription_name)
            .collect())
    }

    /// A replay for the lane of this name, as long as the endpoints stay as they are; `None` where
    /// there is no such endpoint.
    pub(crate) async fn replay_in(&self, lane: &str) -> Result<Option<Replay>, StoreError> {
        let known = self.listing.read().await?;
        let is_there =
            known.endpoints.endpoints.iter().any(|endpoint| endpoint.subscription_name() == lane);
        let unchanged = Write::check(Endpoints::key(), known.guard);
        Ok(is_there.then(|| {
            Replay::new(Arc::clone(&self.platform.journal), lane).with_precondition(unchanged)
        }))
    }
}
