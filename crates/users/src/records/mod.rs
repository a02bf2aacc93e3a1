//! What is stored of a person, at the bottom of all features: every feature may know these, none of
//! them knows a feature.

mod account;
mod completion;
mod galleries;
mod preferences;
mod profile;
mod second_factor;
mod session;

pub use account::{Account, Claim};
pub use completion::Completion;
pub use galleries::{Declared, Galleries, Gallery, Media, MediaStatus, Received};
pub use preferences::{Contact, Notifications, Preferences, Theme};
pub use profile::{Avatar, Presence, Profile, Stats};
pub use second_factor::SecondFactor;
pub use session::Session;

/// The sort keys of all aliases that a user has ever worn start with this.
pub const ALIAS_LOG: &str = "alias-log/";
