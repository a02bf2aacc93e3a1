//! Delivery of events to webhook endpoints: signed, at least once, in order for each user; no
//! endpoint waits for another.
//!
//! The event handler `webhooks` ([`fan_out`]) extends the delivery cursor of every endpoint that
//! subscribes to an event; each endpoint has a worker of its own ([`endpoint`]). The target is
//! checked at every attempt: [`address`] decides which addresses are refused, and the
//! [`WebhookClient`] connects to no other.

mod address;
mod client;
mod delivery;
mod endpoint;
mod endpoint_cache;
mod endpoint_list;
mod fan_out;
mod log;
pub(crate) mod record;
pub(crate) mod secret;
mod subscriptions;

use std::fmt;
use std::sync::Arc;

pub use address::{AddressPolicy, is_public};
pub use client::{PATIENCE, WebhookClient, WebhookError, WebhookResponse};
pub use endpoint_cache::EndpointCache;
pub use record::{Reason, Status};
use selfsame_events::{EventHandler, SubscriptionSource};
use selfsame_platform::Platform;
use selfsame_web::Metric;
pub(crate) use subscriptions::is_endpoint_subscription;

use self::endpoint::EndpointSubscriptions;
use self::fan_out::FanOut;
use crate::event_catalog::EventCatalog;

pub(crate) const DELIVERIES: Metric = Metric::counter(
    "webhook_deliveries",
    "Tries to deliver an event to a webhook, by outcome: delivered, answered (with another status than 2xx), gone (410), refused \
     (the address is none that webhooks may go to), slow (no answer in time), broken (anything else)",
    "outcome",
    &["delivered", "answered", "gone", "refused", "slow", "broken"],
);

pub(crate) const DURATION: Metric = Metric::histogram(
    "webhook_delivery_duration_seconds",
    "How long tries to deliver an event to a webhook took, in seconds",
    &[10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000],
)
.in_parts(1000);

pub(crate) const DISABLED: Metric = Metric::counter(
    "webhook_endpoints_disabled",
    "Endpoints that were disabled, by why: administrator (by hand), gone (answered 410), failing (for three days)",
    "reason",
    &["administrator", "gone", "failing"],
);

/// The subscription of the fan-out.
pub const NAME: &str = "webhooks";

/// The endpoints of this installation, and delivery to them.
pub struct Webhooks {
    pub(crate) platform: Arc<Platform>,
    pub(crate) webhook_client: Arc<dyn WebhookClient>,
    endpoint_cache: Arc<EndpointCache>,
    catalog: Arc<EventCatalog>,
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhooks")
    }
}

impl Webhooks {
    /// Endpoints that are reached through `webhook_client`. `endpoint_cache` observes the commits
    /// of the journal.
    #[must_use]
    pub fn new(
        platform: &Arc<Platform>,
        webhook_client: Arc<dyn WebhookClient>,
        endpoint_cache: Arc<EndpointCache>,
        catalog: Arc<EventCatalog>,
    ) -> Self {
        Self { platform: Arc::clone(platform), webhook_client, endpoint_cache, catalog }
    }

    /// The event handler that fans events out to the endpoints.
    #[must_use]
    pub fn fan_out(self: &Arc<Self>) -> Arc<dyn EventHandler> {
        Arc::new(FanOut(Arc::clone(self)))
    }

    /// Invalidates the cached endpoints.
    pub fn doubt(&self) {
        self.endpoint_cache.forget();
    }

    /// The enabled endpoints as subscriptions.
    #[must_use]
    pub fn subscription_source(self: &Arc<Self>) -> Arc<dyn SubscriptionSource> {
        Arc::new(EndpointSubscriptions(Arc::clone(self)))
    }
}
