//! Secrets at rest: sealed, and for their owner only.

use selfsame_primitives::{Keys, Random, UserId, base64url, from_base64url};
use selfsame_store::StoreError;

const PURPOSE: &str = "totp";

/// `secret` of `user` as it is stored.
pub(super) fn seal(keys: &Keys, user: &UserId, secret: &[u8], random: &dyn Random) -> String {
    base64url(keys.seal(PURPOSE, user.as_str().as_bytes(), secret, random))
}

/// What [`seal`] made for `user`.
pub(super) fn open(keys: &Keys, user: &UserId, sealed: &str) -> Result<Vec<u8>, StoreError> {
    let bytes = from_base64url(sealed);
    let secret = bytes.and_then(|bytes| keys.open(PURPOSE, user.as_str().as_bytes(), &bytes).ok());
    secret.ok_or_else(|| StoreError::Corrupt(format!("the sealed secret of {user} does not open")))
}
