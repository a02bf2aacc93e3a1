//! Notifications inside the application: what happened to a user's account, and what they waited
//! for.
//!
//! A subscriber makes them of events. Those about security are always made; news only for users who
//! want them (`preferences.notifications.inApp`). All notifications of a user are one record, so
//! that unread ones are counted exactly and all are marked in one commit; it holds 200 at most,
//! each for 90 days. Texts are made when they are read, in the language of that moment.
//! `docs/decisions/0031-notifications.md` has the reasons.

mod events;
mod http;
mod kinds;
mod on_event;
mod record;
mod rule;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::Arc;

pub use events::NotificationCreated;
pub use kinds::NotificationKind;
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric, Subscriber};

use crate::Activity;

/// The feature.
pub const FEATURE: Feature<Arc<Activity>> = Feature {
    name: "notifications",
    promise: "What a person has to know, or has waited for, is told to them inside the application.",
    routes: http::routes,
    events: || vec![EventKind::of::<NotificationCreated>()],
    metrics: &[MADE, WITHHELD, ACTS],
    subscribers: &[Subscriber {
        name: "notifications",
        event_types: kinds::EVENT_TYPES,
        handle: on_event::make,
    }],
};

const MADE: Metric = Metric::counter(
    "notifications_made",
    "Notifications that were made, by class: security (told to everybody), news (told to those who want it)",
    "class",
    &["security", "news"],
)
.counted_from::<NotificationCreated>("/class");

const WITHHELD: Metric = Metric::counter(
    "notifications_withheld",
    "News that were not told, by reason: unwanted (their owner wants none inside the application), gone (the account is no more)",
    "reason",
    &["unwanted", "gone"],
);

const ACTS: Metric = Metric::counter(
    "notifications_acts",
    "What people did with their notifications: read (one), read_all, deleted",
    "act",
    &["read", "read_all", "deleted"],
);
