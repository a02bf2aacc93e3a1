//! Passwords: long rather than complicated, never the person's own name, and worth nothing to
//! whoever steals the store.
//!
//! They are normalized (NFKC), hashed with the installation's key and then with Argon2id, on
//! threads of the lowest priority with a short queue, so that a flood of sign-ins slows down
//! sign-ins only. Hashes of an older cost are replaced at the next sign-in. A change needs the
//! present password and ends all other sessions.

mod change;
mod facts;
mod forgotten;
mod hashing;
mod history;
mod http;
mod much_used;
mod pool;
mod record;
mod reset;
mod rule;
#[cfg(test)]
mod tests;
pub(crate) mod void;

use std::sync::Arc;

pub(crate) use change::confirm;
pub(crate) use hashing::Verdict;
pub use hashing::{PasswordSettings, Passwords};
pub use record::HashCost;
use selfsame_events::EventKind;
use selfsame_web::Feature;

use self::facts::PasswordChanged;
use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "passwords",
    promise: "Passwords that are long rather than complicated, and worth nothing to whoever steals the store.",
    routes: || [http::routes(), forgotten::routes()].concat(),
    events: || vec![EventKind::of::<PasswordChanged>()],
    metrics: &[],
    duties: &[],
};
