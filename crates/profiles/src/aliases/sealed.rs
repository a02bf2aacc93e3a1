//! Stored values that reveal nothing without the master key, not even their length.

use selfsame_primitives::{base64url, from_base64url};
use selfsame_store::{Key, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Profiles;

const PURPOSE: &str = "alias";
/// Values are padded to a multiple of this, in bytes, which makes all that occur equally long.
const BLOCK: usize = 640;

/// `value` as text that opens only for `key`.
pub(super) fn seal<T: Serialize>(
    profiles: &Profiles,
    key: &Key,
    value: &T,
) -> Result<String, StoreError> {
    let mut plain =
        serde_json::to_vec(value).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    plain.resize(plain.len().next_multiple_of(BLOCK), b' ');
    Ok(base64url(profiles.platform.keys.seal(
        PURPOSE,
        &associated_data(key),
        &plain,
        &*profiles.platform.random,
    )))
}

/// The value that [`seal`] sealed for `key`.
pub(super) fn open<T: DeserializeOwned>(
    profiles: &Profiles,
    key: &Key,
    sealed: &str,
) -> Result<T, StoreError> {
    let bytes =
        from_base64url(sealed).ok_or_else(|| StoreError::Corrupt(format!("{key}: not base 64")))?;
    let plain = profiles.platform.keys.open(PURPOSE, &associated_data(key), &bytes);
    let plain = plain.map_err(|error| StoreError::Corrupt(format!("{key}: {error}")))?;
    serde_json::from_slice(&plain).map_err(|error| StoreError::Corrupt(format!("{key}: {error}")))
}

/// Keys hold no NUL, so no two keys have the same associated data.
fn associated_data(key: &Key) -> Vec<u8> {
    [key.partition.as_bytes(), key.sort.as_bytes()].join(&0)
}
