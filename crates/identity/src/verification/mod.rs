//! Verification of an email address by a mailed code.
//!
//! What is answered, and when, does not depend on whether the address has an account.

mod events;
mod http;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use selfsame_events::EventKind;
use selfsame_web::Feature;

pub(crate) use self::events::EmailVerified;
use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "verification",
    promise: "An address counts as somebody's own once they have given back the code that was mailed there.",
    routes: http::routes,
    events: || vec![EventKind::of::<EmailVerified>()],
    subscribers: &[],
    metrics: &[],
};
