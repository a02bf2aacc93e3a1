//! Becoming a user: one account for each email address, one owner for each username and whatever looks like it.
//!
//! Who registers discreetly and does not give the code back within a week was never here: the account goes by itself, with its
//! claims, and nobody is told that there was one.
//!
//! Account, profile, claims, first session and their events are written in one commit, so that nobody is half registered.
//! Users of other issuers are made at their first request, where the operator allows it.

mod facts;
mod http;
mod newcomer;
mod rule;
#[cfg(test)]
mod tests;
mod waiting;

use std::sync::Arc;

pub(crate) use newcomer::admit;
pub(crate) use rule::username_taken;
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};
pub(crate) use waiting::Waiting;

use self::facts::Registered;
use crate::App;
use crate::populations::USERS_SHOWN;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "registration",
    promise: "One account for each email address, one owner for each username and whatever looks like it.",
    routes: http::routes,
    events: || vec![EventKind::of::<Registered>()],
    metrics: &[REGISTRATIONS, USERS_SHOWN],
    duties: &[],
};

const REGISTRATIONS: Metric = Metric::counter(
    "registrations",
    "People who became users, by the way they came: with a password, or from another issuer",
    "way",
    &["password", "issuer"],
)
.told_by::<Registered>("/way");
