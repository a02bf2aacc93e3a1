//! Another email address: once the code that was mailed there is given back, and not for good at
//! once.
//!
//! The old address is told and can take the change back for seven days. For as long nobody else
//! gets it; it signs nobody in.

mod beginning;
mod facts;
mod http;
mod record;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use beginning::{Beginning, count};
pub(crate) use facts::EmailUpdated;
pub(crate) use record::PendingEmail;
pub(crate) use rule::{Begun, Refusal};
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "email_change",
    promise: "Another address for whoever reads it, and a week in which the old one takes it back.",
    routes: http::routes,
    events: || vec![EventKind::of::<EmailUpdated>()],
    duties: &[],
    metrics: &[CHANGES],
};

const CHANGES: Metric = Metric::counter(
    "email_changes",
    "Steps to another email address, by step: begun (a code was sent), taken (somebody has the address), changed",
    "step",
    &["begun", "taken", "changed"],
);
