//! Taking a change back that somebody else made: the links in mails that tell of another password,
//! address or second factor, or of a passkey.
//!
//! What an account was like before such a change is kept for seven days, together with the other
//! changes of that time in one record. A link brings that state back, whatever was changed since,
//! and with it go all later links: so a thief who changed the address first and more later has no
//! link that undoes what the owner undid. The password, which the thief may know, is void then,
//! passkeys that the thief may have made are removed, and all sessions end; see
//! `docs/decisions/0033-passkeys-and-undo.md`.

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
