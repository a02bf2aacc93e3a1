//! Identity: registration, sign-in, sessions, factors and the undo of changes.

pub mod actor;
pub mod administrators;
pub mod authentication;
mod crockford;
mod device_name;
mod elsewhere;
pub mod email_change;
pub mod key_set;
pub mod limits;
mod login_backoff;
pub mod otp;
pub mod passkeys;
pub mod passwords;
mod provisioning;
pub mod registration;
pub mod service_tokens;
pub mod sessions;
pub mod settings;
pub mod sign_in;
mod state;
pub mod step_up;
pub mod suspension;
#[cfg(test)]
mod testing;
pub mod two_factor;
pub mod undo;
pub mod undo_links;
pub mod username;
pub mod verification;

use std::sync::Arc;

use selfsame_web::Feature;

pub use state::Identity;

/// The features of this crate, in the order of the documentation.
pub const FEATURES: &[Feature<Arc<Identity>>] = &[
    registration::FEATURE,
    verification::FEATURE,
    otp::FEATURE,
    sign_in::FEATURE,
    sessions::FEATURE,
    passwords::FEATURE,
    two_factor::FEATURE,
    passkeys::FEATURE,
    step_up::FEATURE,
    key_set::FEATURE,
    email_change::FEATURE,
    undo::FEATURE,
    username::FEATURE,
    administrators::FEATURE,
];
