//! A user's own events as they happen, for pages that show what is going on.
//!
//! A stream (server-sent events, HTML Standard §9.2) is a tail of the entries in the user's
//! partition: what it tells is what was committed, in order and without gaps, and whoever comes
//! back with the last `id` misses nothing. A commit on this node wakes it at once; one look every
//! few seconds at the heads of all who listen finds what other nodes have committed. A stream keeps
//! nothing but its place, and ends with its token or its session.

mod frame;
mod http;
mod hub;
mod tail;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use hub::Live;
use selfsame_web::{Feature, Metric};

use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "live",
    promise: "A page can follow what happens to its user's account, without asking again and again.",
    routes: http::routes,
    events: Vec::new,
    duties: &[],
    metrics: &[STREAMS],
};

/// Those that are open are `opened` less `closed`.
pub(crate) const STREAMS: Metric = Metric::counter(
    "live_streams",
    "Streams of events, by what became of them: those that are open are `opened` less `closed`",
    "step",
    &["opened", "closed", "refused_user", "refused_all"],
);
