//! Signing in with a password. An unknown account and a wrong password have the same answer after
//! the same time. Guessing gets slower for the guessing client, never for the owner (decision
//! 0018). With a second factor a right password leads to a challenge, which is valid for five
//! minutes and five tries and ends in one session.

mod challenge;
mod http;
mod rule;
mod second_factor;
#[cfg(test)]
mod tests;
mod throttling;

use std::sync::Arc;

use selfsame_web::{Feature, Metric};

use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "sign_in",
    promise: "One answer for unknown accounts and wrong passwords, and guessing that gets slower for whoever guesses.",
    routes: || [http::routes(), second_factor::routes()].concat(),
    events: Vec::new,
    metrics: &[SIGN_INS, SECOND_FACTORS],
    subscribers: &[],
};

/// An unknown account and a wrong password count alike: else the counter would reveal which it was.
const SIGN_INS: Metric = Metric::counter(
    "sign_ins",
    "Attempts to sign in with a password, by outcome: succeeded, refused (unknown account or wrong password), challenged \
     (a second factor is asked for), throttled (too many attempts), failed (anything else)",
    "outcome",
    &["succeeded", "refused", "challenged", "throttled", "failed"],
);

const SECOND_FACTORS: Metric = Metric::counter(
    "second_factors",
    "Second factors that were shown at a sign-in, by outcome: totp, recovery_code, passkey (each of them right), refused (wrong), \
     throttled (too many wrong ones), failed (anything else, such as a challenge that has ended)",
    "outcome",
    &["totp", "recovery_code", "passkey", "refused", "throttled", "failed"],
);
