//! Webhooks (Standard Webhooks, <https://www.standardwebhooks.com>): events are posted to the
//! endpoints that administrators define.
//!
//! This folder manages endpoints; [`webhook_delivery`](crate::webhook_delivery) delivers to them.

mod events;
mod http;
pub mod manage;
mod operation;
mod recovery;
mod rule;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

pub use recovery::{RecoveryRange, RecoveryResult, recover};
pub use rule::EndpointInput;
use selfsame_events::EventKind;
use selfsame_web::Feature;
pub use view::{DeliveryView, EndpointView, EndpointsView, SecretView};

use self::events::WebhookManaged;
use crate::Integrations;
use crate::webhook_delivery::{DELIVERIES, DISABLED, DURATION};

/// The feature.
pub const FEATURE: Feature<Arc<Integrations>> = Feature {
    name: "webhooks",
    promise: "Events for other services: posted and signed, at least once, in order for each user, by Standard Webhooks.",
    routes: http::routes,
    events: || vec![EventKind::of::<WebhookManaged>()],
    metrics: &[DELIVERIES, DURATION, DISABLED],
    subscribers: &[],
};
