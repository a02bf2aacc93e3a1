//! What authenticators write (WebAuthn Level 3), read without any state: authenticator data, and the
//! public keys of passkeys, whose signatures are checked with the one provider of cryptography there
//! is; see `docs/decisions/0015-own-passkey-verification.md`.

mod authenticator_data;
mod cbor;
mod public_key;

pub use authenticator_data::{AuthenticatorData, NewCredential, of_attestation};
pub use public_key::{ALGORITHMS, PublicKey};
