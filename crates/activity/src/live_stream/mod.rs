//! A user's own events as they happen, for pages that show what is going on.
//!
//! A stream (server-sent events, HTML Standard §9.2) is a tail of the entries in the user's
//! partition: what it tells is what was committed, in order and without gaps, and whoever comes
//! back with the last `id` misses nothing. A commit on this node wakes it at once; one look every
//! few seconds at the heads of all who listen finds what other nodes have committed. A stream keeps
//! nothing but its place, and ends with its token or its session.

mod http;
mod sse_frame;
mod tail;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use selfsame_web::Feature;

use crate::Activity;
use crate::streams::STREAMS;

/// The feature.
pub const FEATURE: Feature<Arc<Activity>> = Feature {
    name: "live",
    promise: "A page can follow what happens to its user's account, without asking again and again.",
    routes: http::routes,
    events: Vec::new,
    subscribers: &[],
    metrics: &[STREAMS],
};
