//! What a user shows: every field checked, every reader given exactly what they may see.

mod change;
mod event;
mod http;
mod links;
mod rule;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use change::{change, updated};
pub use event::ProfileUpdated;
pub use http::FEATURE;
pub(crate) use http::{if_match_parameter, own_example};
pub use rule::ProfileUpdate;
pub use view::{
    ActivityStatus, OwnOrSeen, OwnProfile, PublicProfile, StatsView, avatar_url, media_url,
};
pub(crate) use view::{activity, public, whole};
