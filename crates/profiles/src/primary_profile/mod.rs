//! A user's profile: every field checked, and every viewer gets exactly what they may see.

mod events;
mod http;
mod links;
mod operation;
mod rule;
#[cfg(test)]
mod tests;
mod view;

pub use events::ProfileUpdated;
pub use http::FEATURE;
pub(crate) use http::{if_match_parameter, own_example};
pub(crate) use operation::{change, updated};
pub use rule::ProfileUpdate;
pub use view::{
    ActivityStatus, OwnOrSeen, OwnProfile, PublicProfile, StatsView, avatar_url, media_url,
};
pub use view::{activity, public, whole};
