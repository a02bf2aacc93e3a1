//! Another email address: once the code that was mailed there is given back, and not for good at
//! once.
//!
//! The old address is told and can take the change back for seven days. For as long nobody else
//! gets it; it signs nobody in.

mod beginning;
mod events;
mod http;
mod record;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use beginning::{StartEmailChange, count};
pub(crate) use events::EmailUpdated;
pub use record::PendingEmail;
pub use rule::{Begun, ChangeEmailError};
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "email_change",
    promise: "Another address for whoever reads it, and a week in which the old one takes it back.",
    routes: http::routes,
    events: || vec![EventKind::of::<EmailUpdated>()],
    subscribers: &[],
    metrics: &[CHANGES],
};

const CHANGES: Metric = Metric::counter(
    "email_changes",
    "Steps to another email address, by step: begun (a code was sent), taken (somebody has the address), changed",
    "step",
    &["begun", "taken", "changed"],
);
