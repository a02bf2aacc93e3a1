//! The records of a user, who may see them, and a cache of users.
//!
//! The records lie below all features: every feature may use them, none of them knows a feature.

pub mod last_seen;
pub mod populations;
pub mod records;
mod state;
pub mod user_cache;
pub mod visibility;

pub use records::{Account, Claim};
pub use state::Users;
