//! The records of a user, below all features: every feature may use them, none of them knows a
//! feature.

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

/// Sort key prefix of all aliases that a user has ever created.
pub const ALIAS_LOG: &str = "alias-log/";
