//! A second factor beside the password: six digits that change every 30 seconds (TOTP, RFC 6238),
//! and recovery codes.
//!
//! A code is accepted once, also by concurrent sign-ins. Secrets are sealed at rest, recovery codes
//! are keyed hashes. Wrong codes are counted per account in the store. Too many pause time-based
//! codes for at most 15 minutes, never recovery codes or passkeys, so that an attacker can't lock
//! the owner out.

mod check;
mod events;
mod http;
mod qr;
mod recovery;
mod rule;
mod sealed;
#[cfg(test)]
mod tests;
mod totp;

use std::sync::Arc;

pub(crate) use check::{CodeCheck, CodeKind, take};
pub(crate) use http::{closed, paused, wrong_code};
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};
#[cfg(test)]
pub(crate) use tests::{enabled_for_tests, undo_link};

use self::events::{Disabled, Enabled, RecoveryCodeUsed, RecoveryCodesReplaced};
use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "two_factor",
    promise: "Codes that change every 30 seconds beside the password, each taken once, and recovery codes for the day they are lost.",
    routes: http::routes,
    events: || {
        vec![
            EventKind::of::<Enabled>(),
            EventKind::of::<Disabled>(),
            EventKind::of::<RecoveryCodesReplaced>(),
            EventKind::of::<RecoveryCodeUsed>(),
        ]
    },
    metrics: &[SETUPS],
    subscribers: &[],
};

const SETUPS: Metric = Metric::counter(
    "two_factor_setups",
    "Steps on the way to a second factor and back, by step: begun (a secret was shown), enabled, refused (the first code was wrong), \
     disabled",
    "step",
    &["begun", "enabled", "refused", "disabled"],
);
