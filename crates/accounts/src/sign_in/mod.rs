//! Signing in with a password: the same answer after the same time for an unknown account and a wrong password, and guessing
//! that gets slower for whoever guesses, never for the owner.

mod backoff;
mod http;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use backoff::Backoff;
use selfsame_web::Feature;

use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "sign_in",
    promise: "One answer for unknown accounts and wrong passwords, and guessing that gets slower for whoever guesses.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[],
};
