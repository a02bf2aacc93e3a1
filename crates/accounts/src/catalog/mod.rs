//! What can happen: every type of event with its schema and an example, and what of it others are
//! told.
//!
//! Everything here is made from the features' own list of facts: the catalogue, the AsyncAPI
//! document, and the one function that decides what leaves the installation ([`told_to_others`],
//! decision 0027).

mod asyncapi;
mod document;
mod http;
#[cfg(test)]
mod private;
#[cfg(test)]
mod tests;
mod told;

use std::sync::Arc;

pub use asyncapi::asyncapi;
pub use document::{Catalog, CatalogEvent, OthersHear, catalog};
use selfsame_web::Feature;
pub use told::{Outward, outward, told_to_others};

use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "catalog",
    promise: "Who listens to events finds out what they will hear: each type with its schema and an example.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[],
    duties: &[],
};
