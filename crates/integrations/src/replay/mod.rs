//! Dead letters, and the replay of events.
//!
//! An event that a handler fails for three days becomes a dead letter. Operators (at the command
//! line) and services with the scope `events:replay` list dead letters, and have them, or any range
//! of a user's events, delivered again. The dead letter is deleted in the commit that makes the
//! delivery cursor, so a crash loses neither.

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
