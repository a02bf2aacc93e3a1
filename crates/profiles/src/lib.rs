//! What a user shows, to whom, and under which name.

pub mod account;
pub mod aliases;
pub mod avatar;
pub mod gallery;
pub mod generated_avatars;
pub mod preferences;
pub mod primary_profile;
pub mod privacy;
pub mod profile_list;
pub mod settings;
mod state;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use selfsame_web::Feature;

pub use state::Profiles;

/// The features of this crate, in the order of the documentation.
pub const FEATURES: &[Feature<Arc<Profiles>>] = &[
    account::FEATURE,
    primary_profile::FEATURE,
    privacy::FEATURE,
    avatar::FEATURE,
    profile_list::FEATURE,
    gallery::FEATURE,
    preferences::FEATURE,
    generated_avatars::FEATURE,
    aliases::FEATURE,
];
