//! What a user shows: every field checked, every reader given exactly what they may see.

mod record;

pub use record::{ActivityStatus, Avatar, Presence, Profile, Stats};
