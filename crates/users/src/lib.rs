//! What is stored of a user, who may see it, and users kept ready in memory.
//!
//! The records stand beneath all features: every feature may know them, none of them knows a
//! feature.

pub mod last_seen;
pub mod populations;
pub mod records;
mod state;
pub mod user_cache;
pub mod visibility;

pub use records::{Account, Claim};
pub use state::Users;
