//! Suspension and reinstatement of accounts.

mod record;
mod reinstate;
mod suspend;

pub use record::{Suspension, SuspensionView};
pub use reinstate::{UserReinstated, reinstate};
pub use suspend::{SuspendRequest, UserSuspended, end_remaining_sessions, suspend};
