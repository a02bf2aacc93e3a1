//! Parsers for WebAuthn Level 3 without state: authenticator data and the public keys of passkeys.
//! Signatures are verified with ring, the only provider of cryptography; see
//! `docs/decisions/0015-own-passkey-verification.md`.

mod authenticator_data;
mod cbor;
mod public_key;

pub use authenticator_data::{AuthenticatorData, NewCredential, of_attestation};
pub use public_key::{ALGORITHMS, PublicKey};
