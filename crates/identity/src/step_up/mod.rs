//! Reauthentication before acts that a stolen token must not do: other addresses, other passwords,
//! a second factor, passkeys, payments, exports, deletion. Those routes take
//! [`crate::sessions::RecentlyAuthenticated`] instead of [`crate::authentication::SignedIn`].
//!
//! It is recorded in the session and counts for ten minutes; signing in counts as well.

mod http;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use selfsame_web::{Feature, Metric};

use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "step_up",
    promise: "Whoever changes how one signs in has shown who they are within the last ten minutes.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[PROOFS],
    subscribers: &[],
};

const PROOFS: Metric = Metric::counter(
    "reauthentications",
    "Attempts to show anew who one is, by outcome: password, code, passkey (each of them right), refused (wrong), throttled (too \
     many wrong ones), failed (anything else)",
    "outcome",
    &["password", "code", "passkey", "refused", "throttled", "failed"],
);
