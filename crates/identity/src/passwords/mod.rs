//! Passwords: long rather than complicated, never the user's own data, and useless to a thief of
//! the store.
//!
//! They are normalized (NFKC), hashed with the installation's key and then with Argon2id, on
//! threads of the lowest priority with a short queue, so that a flood of sign-ins slows down
//! sign-ins only. Hashes of an older cost are replaced at the next sign-in. A change needs the
//! present password and ends all other sessions.

mod events;
mod history;
mod http;
pub(crate) mod invalidation;
mod operation;
mod reset;
mod reset_http;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use operation::confirm;
use selfsame_events::EventKind;
use selfsame_web::Feature;

use self::events::PasswordChanged;
use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "passwords",
    promise: "Passwords that are long rather than complicated, and worth nothing to whoever steals the store.",
    routes: || [http::routes(), reset_http::routes()].concat(),
    events: || vec![EventKind::of::<PasswordChanged>()],
    metrics: &[],
    subscribers: &[],
};
