//! Signing in with a password: the same answer after the same time for an unknown account and a wrong password, and guessing
//! that gets slower for whoever guesses, never for the owner.

mod backoff;
mod http;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use backoff::Backoff;
use selfsame_web::{Feature, Metric};

use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "sign_in",
    promise: "One answer for unknown accounts and wrong passwords, and guessing that gets slower for whoever guesses.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[SIGN_INS],
    duties: &[],
};

/// An unknown account and a wrong password count alike: else whoever may read the counter could tell which it was.
const SIGN_INS: Metric = Metric::counter(
    "sign_ins",
    "Attempts to sign in with a password, by outcome: succeeded, refused (unknown account or wrong password), throttled (too \
     many attempts), failed (anything else)",
    "outcome",
    &["succeeded", "refused", "throttled", "failed"],
);
