//! The event catalog and the AsyncAPI document over HTTP.

mod http;

use std::sync::Arc;

use selfsame_web::Feature;

use crate::Integrations;

/// The feature.
pub const FEATURE: Feature<Arc<Integrations>> = Feature {
    name: "catalog",
    promise: "Who listens to events finds out what they will hear: each type with its schema and an example.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[],
    subscribers: &[],
};
