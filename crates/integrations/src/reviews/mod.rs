//! The reviews that a user gave to providers of services: recorded by services, read by the user
//! alone.
//!
//! A review is stored once in its user's partition, with two index items for the lists and the
//! rating totals beside it; all change in one commit. So every filter and order is a few short
//! ranges, and the statistics are exact without a recount.
//! `docs/decisions/0030-what-services-write.md` has the reasons.

mod events;
mod http;
mod list;
mod operation;
mod record;
mod request;
mod statistics;
mod tally;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use events::{Outcome, ReviewRecorded, ReviewRemoved};
pub use list::items_elsewhere;
pub use operation::{Recorded, Removed, record, remove};
pub use record::Review;
pub use request::ReviewRequest;
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use crate::Integrations;

/// The feature.
pub const FEATURE: Feature<Arc<Integrations>> = Feature {
    name: "reviews",
    promise: "The reviews that a person gave are theirs to read, sort and count.",
    routes: http::routes,
    events: || vec![EventKind::of::<ReviewRecorded>(), EventKind::of::<ReviewRemoved>()],
    metrics: &[RECORDED],
    subscribers: &[],
};

/// The scope to record and remove reviews.
pub const SCOPE: &str = "reviews:write";

const RECORDED: Metric = Metric::counter(
    "reviews_recorded",
    "Reviews that services told of and that were not known so, by what became of them",
    "outcome",
    events::CHANGES,
)
.counted_from::<ReviewRecorded>("/outcome");
