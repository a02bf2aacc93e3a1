//! Access tokens: issued, verified, cached. Nothing in a token is trusted before its signature is
//! verified.
//!
//! Access tokens are JWTs (RFC 7519) signed with ES256. Their keys are sealed in the store, shared
//! by all nodes. A new key is published before it signs; an old one verifies until its last token
//! has expired. Tokens of configured other issuers are valid too: RS256, ES256 and `EdDSA` by their
//! JWK sets, HS256 by a shared secret. A key is used only with its own algorithm.

mod denial;
mod issuers;
mod jwt;
mod key;
mod record;
mod signing;
#[cfg(test)]
mod tests;
mod verify;

pub use denial::Denial;
pub use issuers::Newcomer;
pub use issuers::{Ids, Issuer, IssuerKeys, JwksFetcher};
pub use signing::KeyState;
pub use signing::opens_signing_keys;
pub use verify::{Foreigner, TokenError, VerifiedToken};
pub use verify::{TokenService, TokenSettings};
