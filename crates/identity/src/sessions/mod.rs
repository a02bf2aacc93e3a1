//! Where one is signed in: every sign-in is a session that its owner can see and end, and that ends
//! at once.
//!
//! Access tokens name their session and are good only while it is there. Refresh tokens rotate: a
//! spent one that comes again ends the session. For browsers the refresh token is a cookie that no
//! script can read.

mod closing;
mod cookie;
mod events;
mod familiar;
mod grant;
mod http;
mod opening;
mod proof;
mod refresh_token;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use closing::{Closing, end_all_but};
pub use events::Ending;
pub(crate) use familiar::{Familiar, device, is_familiar};
pub(crate) use grant::{Grant, check_delivery, example, grant};
pub(crate) use opening::{Delivery, Opening};
pub use proof::RecentlyAuthenticated;
pub(crate) use proof::{check_own, record_reauthentication};
pub use rule::end_with;
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use self::events::{SessionCreated, SessionEnded};
use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "sessions",
    promise: "Every sign-in is a session that its owner can see and end, at once and everywhere.",
    routes: http::routes,
    events: || vec![EventKind::of::<SessionCreated>(), EventKind::of::<SessionEnded>()],
    metrics: &[SESSIONS_ENDED],
    subscribers: &[],
};

const SESSIONS_ENDED: Metric = Metric::counter(
    "sessions_ended",
    "Sessions that were ended, by reason; those that nobody refreshed any more just expire and are not among them",
    "reason",
    events::ENDINGS,
)
.counted_from::<SessionEnded>("/reason");
