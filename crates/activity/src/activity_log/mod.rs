//! The activity log: what happened in an account, when, from where and in which session.
//!
//! Nothing is written for it: every change of a user writes its entries to their partition, and the
//! log reads them back, the newest first. A request reads a bounded number of entries and continues
//! by a cursor. A time is found by bisection. Clients add entries of their own kinds, and users
//! report entries that they do not recognise.

mod events;
mod filter;
mod http;
mod record;
mod report;
#[cfg(test)]
mod tests;
mod texts;
mod time_search;
mod view;

use std::sync::Arc;

pub use events::{ActivityDisowned, ActivityRecorded};
pub use record::{RecordActivity, is_reserved};
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};
pub(crate) use time_search::read;

use crate::Activity;

/// The feature.
pub const FEATURE: Feature<Arc<Activity>> = Feature {
    name: "activity",
    promise: "Whoever wants to know what has happened in their account reads it, and says what was not them.",
    routes: http::routes,
    events: || vec![EventKind::of::<ActivityRecorded>(), EventKind::of::<ActivityDisowned>()],
    metrics: &[ENTRIES_READ, RECORDS, DISOWNED],
    subscribers: &[],
};

const ENTRIES_READ: Metric = Metric::histogram(
    "activity_entries_read",
    "Entries that were read to answer one request for activity",
    &[10, 20, 50, 100, 200, 500],
);

const RECORDS: Metric = Metric::counter(
    "activity_records",
    "Entries that clients asked to add, by outcome: recorded, refused (not of the form that is taken), throttled, failed \
     (anything else)",
    "outcome",
    &["recorded", "refused", "throttled", "failed"],
);

const DISOWNED: Metric = Metric::counter(
    "activity_disowned",
    "Entries of which their owner says that it was not them, by what was done: undone (the change was taken back), session_ended, \
     advised (there was nothing to end or to take back here), refused (not found, or without a recent proof), failed (anything \
     else)",
    "outcome",
    &["undone", "session_ended", "advised", "refused", "failed"],
);
