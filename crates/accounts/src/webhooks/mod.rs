//! Webhooks (Standard Webhooks, <https://www.standardwebhooks.com>): events are posted to the
//! endpoints that administrators name, signed, at least once, in order for each user; no endpoint
//! waits for another.
//!
//! The reactor `webhooks` ([`fan_out`]) gives each event to the lane of every endpoint that wants
//! it; for each endpoint a worker of its own ([`endpoint`]) works that lane off. What is sent where
//! is looked at on every try: [`address`] says which addresses of the network are refused, and the
//! [`Courier`] connects to no other.

mod address;
mod change;
mod courier;
mod delivery;
mod endpoint;
mod fact;
mod fan_out;
mod http;
mod lanes;
mod listing;
mod log;
pub mod manage;
mod record;
mod recovery;
mod rule;
mod secret;
#[cfg(test)]
mod tests;
mod view;

use std::fmt;
use std::sync::Arc;

pub use address::{AddressPolicy, is_public};
pub use courier::{Answered, Courier, PATIENCE, Undelivered};
pub(crate) use lanes::is_lane;
pub(crate) use listing::Listing;
pub use record::{Reason, Status};
pub use recovery::{Recovered, Span, recover};
pub use rule::Wanted;
use selfsame_basics::{Clock, Keys, Random};
use selfsame_events::{EventKind, Journal, Reactor, Roster};
use selfsame_items::ItemStore;
use selfsame_web::{Feature, Metric};
pub use view::{DeliveryView, EndpointView, EndpointsView, SecretView};

use self::endpoint::Members;
use self::fact::WebhookManaged;
use self::fan_out::FanOut;
use crate::App;
use crate::counts::Counts;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "webhooks",
    promise: "Events for other services: posted and signed, at least once, in order for each user, by Standard Webhooks.",
    routes: http::routes,
    events: || vec![EventKind::of::<WebhookManaged>()],
    metrics: &[DELIVERIES, DURATION, DISABLED],
    duties: &[],
};

const DELIVERIES: Metric = Metric::counter(
    "webhook_deliveries",
    "Tries to deliver an event to a webhook, by outcome: delivered, answered (with another status than 2xx), gone (410), refused \
     (the address is none that webhooks may go to), slow (no answer in time), broken (anything else)",
    "outcome",
    &["delivered", "answered", "gone", "refused", "slow", "broken"],
);

const DURATION: Metric = Metric::histogram(
    "webhook_delivery_duration_seconds",
    "How long tries to deliver an event to a webhook took, in seconds",
    &[10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000],
)
.in_parts(1000);

const DISABLED: Metric = Metric::counter(
    "webhook_endpoints_disabled",
    "Endpoints that were disabled, by why: administrator (by hand), gone (answered 410), failing (for three days)",
    "reason",
    &["administrator", "gone", "failing"],
);

/// The interest of webhooks in events, and their first reactor.
pub(crate) const NAME: &str = "webhooks";

/// What webhooks are made of.
pub(crate) struct WebhookParts {
    pub(crate) store: Arc<dyn ItemStore>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) courier: Arc<dyn Courier>,
    pub(crate) listing: Arc<Listing>,
}

/// The endpoints of this installation, and what is sent to them.
pub struct Webhooks(WebhookParts);

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhooks")
    }
}

impl Webhooks {
    pub(crate) fn new(parts: WebhookParts) -> Self {
        Self(parts)
    }

    /// Who gives events to the endpoints that want them.
    pub(crate) fn fan_out(self: &Arc<Self>) -> Arc<dyn Reactor> {
        Arc::new(FanOut(Arc::clone(self)))
    }

    /// What is known of the endpoints may be old.
    pub(crate) fn doubt(&self) {
        self.0.listing.forget();
    }

    /// The endpoints that are enabled, as those who do something because of events.
    pub(crate) fn roster(self: &Arc<Self>) -> Arc<dyn Roster> {
        Arc::new(Members(Arc::clone(self)))
    }
}
