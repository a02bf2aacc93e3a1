//! The private side of an account, for its owner: name, phone number and postal address.
//!
//! Contact data is sealed at rest, and no event holds it: events name the fields that changed.

mod country;
mod events;
mod flat_update;
mod http;
mod operation;
mod phone;
mod record;
mod rule;
#[cfg(test)]
mod tests;
mod view;

use crate::Profiles;
use std::sync::Arc;

use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use self::events::AccountUpdated;

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "account",
    promise: "What a person is called, how they are reached and where they live: checked, sealed at rest, for themselves alone.",
    routes: http::routes,
    events: || vec![EventKind::of::<AccountUpdated>()],
    metrics: &[UPDATES],
    subscribers: &[],
};

const UPDATES: Metric = Metric::counter(
    "account_updates",
    "Changes of personal data, by field; a change of several fields counts for each",
    "field",
    &["name", "phone", "address"],
)
.counted_from::<AccountUpdated>("/changed");
