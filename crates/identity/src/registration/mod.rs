//! Registration: one account per email address, one owner per username and its look-alikes.
//!
//! In the mode `EnumerationSafe` there is no account before the code is given back. The details are
//! stored sealed at the address for a day, beside those of other registrations. A code activates
//! the registration that it was mailed for. Where the address has an account the same is written,
//! and its owner gets a mail (decision 0043).
//!
//! Account, profile, claims, first session and their events are one commit, so that no user is half
//! registered.

mod activation;
mod http;
mod record;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use activation::Activation;
pub(crate) use http::verification_mail;
pub(crate) use record::Found;
pub(crate) use rule::username_taken;
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use crate::Identity;
use crate::provisioning::events::Registered;
use selfsame_users::populations::USERS_SHOWN;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "registration",
    promise: "One account for each email address, one owner for each username and whatever looks like it.",
    routes: http::routes,
    events: || vec![EventKind::of::<Registered>()],
    metrics: &[REGISTRATIONS, USERS_SHOWN],
    subscribers: &[],
};

const REGISTRATIONS: Metric = Metric::counter(
    "registrations",
    "People who became users, by the way they came: with a password, or from another issuer",
    "way",
    &["password", "issuer"],
)
.counted_from::<Registered>("/way");
