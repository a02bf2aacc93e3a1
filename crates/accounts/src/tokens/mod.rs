//! Who is calling: tokens are signed here, verified once, and never believed for what they say
//! about themselves.
//!
//! Access tokens are JWTs (RFC 7519) signed with ES256. Their keys lie sealed in the store, shared
//! by all nodes; a new key is published before it signs and an old one verifies until its last
//! token has expired. Tokens of configured other issuers are as good: RS256, ES256 and `EdDSA` by
//! their JWK sets, HS256 by a shared secret. A key is used only with its own algorithm.

mod denial;
mod http;
mod issuers;
mod jwt;
mod key;
mod record;
mod signing;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

pub(crate) use denial::Denial;
pub(crate) use issuers::Newcomer;
pub use issuers::{Ids, Issuer, IssuerKeys, JwksSource};
use selfsame_web::Feature;
pub use signing::KeyState;
pub(crate) use signing::opens_signing_keys;
pub(crate) use verify::{Foreigner, TokenError, TokenParts, Verified};
pub use verify::{TokenSettings, Tokens};

use crate::App;

/// The feature.
pub const FEATURE: Feature<Arc<App>> = Feature {
    name: "tokens",
    promise: "Access tokens that any service can verify, and that the tokens of other issuers are as good as.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[],
    duties: &[],
};
