//! Users of other issuers become users here with their first request, where the operator allows it.
//!
//! Account, profile, claims and the event `user.registered` are one commit, so that no user is half
//! registered. Registration here writes the same records by the same function.

pub(crate) mod events;
mod operation;

pub(crate) use operation::{NAMELESS, provision_external_user, put};
