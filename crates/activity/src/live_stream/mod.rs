//! A user's own events as they happen, as server-sent events (HTML Standard §9.2).
//!
//! A stream follows the entries in the user's partition: it sends what was committed, in order and
//! without gaps, and a client that reconnects with the last `id` misses nothing. A commit on this
//! node wakes it at once; a poll of all heads every few seconds finds commits of other nodes. A
//! stream holds its position and at most 32 events, and ends with its token or its session
//! (decision 0026).

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
