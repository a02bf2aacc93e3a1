//! What a user is shown of their account: activity, notifications, security alerts.

pub mod activity_log;
pub mod live_stream;
pub mod monitoring;
pub mod notifications;
mod state;
pub mod streams;

use std::sync::Arc;

use selfsame_web::Feature;

pub use state::{Activity, ActivitySettings};

/// The features of this crate, in the order of the documentation.
pub const FEATURES: &[Feature<Arc<Activity>>] =
    &[activity_log::FEATURE, notifications::FEATURE, live_stream::FEATURE, monitoring::FEATURE];
