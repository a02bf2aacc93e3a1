//! Sessions: every sign-in is a session that its owner can see and end, with immediate effect.
//!
//! Access tokens name their session and are valid only while it exists. Refresh tokens rotate:
//! reuse of a spent one ends the session (RFC 9700 §4.14.2). For browsers the refresh token is an
//! `HttpOnly` cookie.

mod cookie;
mod end;
mod events;
mod http;
mod known_network;
mod proof;
mod refresh_token;
mod rule;
mod start;
#[cfg(test)]
mod tests;
mod token_response;

use std::sync::Arc;

pub(crate) use end::{EndSessions, end_all_except};
pub use events::EndReason;
pub(crate) use known_network::{KnownNetwork, device, is_known_network};
pub use proof::RecentlyAuthenticated;
pub(crate) use proof::{check_own, record_reauthentication};
pub use rule::end_with;
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};
pub(crate) use start::{RefreshTokenTransport, StartSession};
pub(crate) use token_response::{TokenResponse, check_transport, example, grant};

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
