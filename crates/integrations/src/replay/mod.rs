//! Events that were given up, and events that are delivered once more.
//!
//! A reactor that could not deal with an event for three days leaves a dead letter behind.
//! Operators (on the command line) and services with the scope `events:replay` list them, and have
//! them, or any range of a user's events, delivered again. The letter goes in the same commit that
//! makes the to-do, so nothing is lost between the two.

mod dead_letters;
mod http;
mod request;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use dead_letters::{DeadLetterView, list_dead_letters};
pub use request::{ReplayRequest, ReplayResponse, replay};
use selfsame_web::Feature;

use crate::Integrations;

/// The feature.
pub const FEATURE: Feature<Arc<Integrations>> = Feature {
    name: "replay",
    promise: "What could not be delivered is listed, and delivered again when somebody says so.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[],
    subscribers: &[],
};
