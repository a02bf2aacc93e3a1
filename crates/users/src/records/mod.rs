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
pub use galleries::{DeclaredFile, Galleries, Gallery, Media, MediaStatus, ReceivedFile};
pub use preferences::{ContactPreferences, NotificationPreferences, Preferences, Theme};
pub use profile::{Presence, Profile, Stats, StoredPicture};
pub use second_factor::SecondFactor;
pub use session::Session;

/// The sort keys of all aliases that a user has ever worn start with this.
pub const ALIAS_LOG: &str = "alias-log/";
