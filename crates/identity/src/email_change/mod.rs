//! Change of the email address: it takes the code mailed to the new address, and can be undone.
//!
//! The old address gets a mail with a link that undoes the change for seven days. In that time no
//! other account can claim it, and it signs no one in.

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
