//! Undo of changes by an attacker: the links in mails about another password, address or second
//! factor, or about a passkey.
//!
//! The state before such a change is stored for seven days, with the other changes of that time, in
//! one record. A link restores it, whatever was changed since, and invalidates all later links: a
//! thief who changed the address first has no link that reverts the owner's undo. The password,
//! which the thief may know, becomes void, passkeys that the thief may have added are removed, and
//! all sessions end; see `docs/decisions/0033-passkeys-and-undo.md`.

mod events;
mod http;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use http::undo_changes;
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use self::events::ChangesUndone;
use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "undo",
    promise: "Whoever is told of a change that they did not make takes it back by one link, and the thief is out.",
    routes: http::routes,
    events: || vec![EventKind::of::<ChangesUndone>()],
    metrics: &[UNDOINGS],
    subscribers: &[],
};

const UNDOINGS: Metric = Metric::counter(
    "undo_links",
    "Links that were followed to take a change back, by outcome: undone, refused (used, too old, or never given out), failed \
     (anything else)",
    "outcome",
    &["undone", "refused", "failed"],
);
