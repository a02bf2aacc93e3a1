//! Change of the username: at most once in 15 days, never to one with another owner or a look-alike
//! of it.
//!
//! The old name stays reserved for 30 days: its owner may take it back, and lookups of it lead to
//! the new one.

mod events;
mod http;
mod record;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use self::events::UsernameUpdated;
use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "username",
    promise: "Another username at most once in 15 days, while the old one stays reserved for its owner for 30.",
    routes: http::routes,
    events: || vec![EventKind::of::<UsernameUpdated>()],
    metrics: &[CHANGES],
    subscribers: &[],
};

const CHANGES: Metric = Metric::counter(
    "username_changes",
    "Attempts to get another username, by outcome: changed, cooldown (less than 15 days after the last one), taken (by somebody \
     else, or it looks like theirs), failed (anything else)",
    "outcome",
    &["changed", "cooldown", "taken", "failed"],
);
