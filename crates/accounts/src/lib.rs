//! The features: what Selfsame keeps about a person, and the control that person has over it.
//!
//! Each folder is one feature; [`FEATURES`] is the list that the router, OpenAPI, the event
//! catalogue, the metrics reference and the tests of coverage read. Adding a feature is one folder
//! and one line.

pub mod account;
pub mod activity;
pub mod aliases;
mod app;
pub mod avatar;
mod caller;
pub mod catalog;
mod counts;
mod crockford;
mod device_name;
pub mod drawn;
mod duties;
mod elsewhere;
pub mod email_change;
pub mod gallery;
pub mod garbage;
pub mod inbound;
pub mod installation;
mod limits;
pub mod live;
pub mod mail;
pub mod monitoring;
mod notices;
pub mod notifications;
pub mod operators;
pub mod otp;
pub mod passkeys;
pub mod passwords;
pub mod person;
pub mod pictures;
mod pixels;
pub mod populations;
pub mod preferences;
mod presence;
pub mod privacy;
pub mod profile;
pub mod profiles;
pub mod records;
pub mod registration;
pub mod replay;
pub mod reviews;
pub mod service;
pub mod service_tokens;
pub mod sessions;
pub mod sign_in;
pub mod step_up;
#[cfg(test)]
mod testing;
pub mod tokens;
pub mod two_factor;
pub mod undo;
pub mod username;
pub mod verification;
pub mod visibility;
pub mod webhooks;

use std::sync::Arc;

pub use app::{App, Parts, Registration, Settings, Shared};
pub(crate) use caller::By;
pub use caller::{SignedIn, Viewer, name_callers};
pub use counts::{Counts, Reading};
pub use limits::callers;
pub use presence::Sightings;
pub use records::{Account, Claim};
use selfsame_web::Feature;
pub use sessions::Recent;

/// Every feature, in the order of the documentation.
pub const FEATURES: &[Feature<Arc<App>>] = &[
    registration::FEATURE,
    verification::FEATURE,
    otp::FEATURE,
    sign_in::FEATURE,
    sessions::FEATURE,
    passwords::FEATURE,
    two_factor::FEATURE,
    passkeys::FEATURE,
    step_up::FEATURE,
    tokens::FEATURE,
    email_change::FEATURE,
    undo::FEATURE,
    username::FEATURE,
    account::FEATURE,
    profile::FEATURE,
    privacy::FEATURE,
    avatar::FEATURE,
    profiles::FEATURE,
    gallery::FEATURE,
    preferences::FEATURE,
    drawn::FEATURE,
    aliases::FEATURE,
    activity::FEATURE,
    notifications::FEATURE,
    live::FEATURE,
    reviews::FEATURE,
    service::FEATURE,
    inbound::FEATURE,
    mail::FEATURE,
    monitoring::FEATURE,
    operators::FEATURE,
    webhooks::FEATURE,
    catalog::FEATURE,
    replay::FEATURE,
];
