//! What other systems see and do: the service API, messages, reviews, events, webhooks.

pub mod event_catalog;
pub mod event_documents;
pub mod inbound_messages;
pub mod replay;
pub mod reviews;
pub mod service_api;
mod state;
#[cfg(test)]
mod testing;
pub mod webhook_delivery;
pub mod webhooks;

use std::sync::Arc;

use selfsame_web::Feature;

pub use state::Integrations;

/// The features of this crate, in the order of the documentation.
pub const FEATURES: &[Feature<Arc<Integrations>>] = &[
    reviews::FEATURE,
    service_api::FEATURE,
    inbound_messages::FEATURE,
    webhooks::FEATURE,
    event_documents::FEATURE,
    replay::FEATURE,
];
