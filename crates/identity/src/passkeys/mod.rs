//! Passkeys (WebAuthn Level 3): sign in with a finger, a face or a PIN, as the only factor or as
//! the second.
//!
//! A passkey is bound to this service's domain, so no other page can use it. As the only factor it
//! requires user verification. A challenge is valid once, for one purpose, for five minutes;
//! issuing one stores nothing. The crate `webauthn` parses what authenticators write.

mod challenge;
mod credential;
mod events;
mod http;
mod options;
mod presented;
mod record;
mod relying_party;
mod rule;
mod sign_in;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use challenge::CeremonyPurpose;
pub(crate) use credential::Assertion;
pub(crate) use http::confirm_options;
pub(crate) use options::{Options, example};
pub(crate) use presented::ParsedAssertion;
pub(crate) use record::{has_any, made_since, removed};
pub(crate) use rule::{bring_back, remove_with};
use selfsame_events::EventKind;
use selfsame_web::{Feature, Metric};

use self::events::{PasskeyAdded, PasskeyRemoved};
use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "passkeys",
    promise: "Signing in with a finger, a face or a PIN, as the only factor or the second, on this service's own pages only.",
    routes: || [http::routes(), sign_in::routes()].concat(),
    events: || vec![EventKind::of::<PasskeyAdded>(), EventKind::of::<PasskeyRemoved>()],
    metrics: &[SIGN_INS],
    subscribers: &[],
};

const SIGN_INS: Metric = Metric::counter(
    "passkey_sign_ins",
    "Attempts to sign in with a passkey alone, by outcome: succeeded, refused (not known, or not an answer to what was asked), \
     failed (anything else)",
    "outcome",
    &["succeeded", "refused", "failed"],
);
