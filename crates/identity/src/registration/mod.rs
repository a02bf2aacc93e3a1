//! Becoming a user: one account for each email address, one owner for each username and whatever
//! looks like it.
//!
//! Who registers discreetly has no account before the code is given back: what they chose waits
//! sealed at the address, for a day, beside what others may have chosen with the same one. A code
//! makes the account of the registration that it was mailed for. The same is written where the
//! address has an account, which is told.
//!
//! Account, profile, claims, first session and their events are written in one commit, so that
//! nobody is half registered.

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
