//! Secrets of webhooks (Standard Webhooks), sealed at rest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use selfsame_mail::webhook::sign;
use selfsame_primitives::{Keys, Random, Secret, Timestamp, base64url, from_base64url};
use selfsame_store::StoreError;

use super::record::Endpoint;

const PURPOSE: &str = "webhook-secret";

/// A new secret: the form shown once to its receiver, and the sealed form.
pub(crate) fn make(keys: &Keys, endpoint: &str, random: &dyn Random) -> (Secret, String) {
    let bytes = random.bytes::<32>();
    let sealed = base64url(keys.seal(PURPOSE, endpoint.as_bytes(), &bytes, random));
    (Secret::new(format!("whsec_{}", STANDARD.encode(bytes))), sealed)
}

fn open(keys: &Keys, endpoint: &str, sealed: &str) -> Result<Vec<u8>, StoreError> {
    let bytes = from_base64url(sealed);
    let secret = bytes.and_then(|bytes| keys.open(PURPOSE, endpoint.as_bytes(), &bytes).ok());
    secret.ok_or_else(|| {
        StoreError::Corrupt(format!("the sealed secret of the webhook {endpoint} does not open"))
    })
}

/// The signatures of `body` for the header, separated by spaces: one for each secret that is valid
/// `now`.
pub(super) fn signatures(
    keys: &Keys,
    endpoint: &Endpoint,
    (id, now): (&str, Timestamp),
    body: &[u8],
) -> Result<String, StoreError> {
    let former = endpoint.former.as_ref().filter(|former| now < former.until);
    let secrets = std::iter::once(&endpoint.secret).chain(former.map(|former| &former.secret));
    let timestamp = now.seconds().to_string();
    let signed =
        secrets.map(|sealed| Ok(sign(&open(keys, &endpoint.id, sealed)?, id, &timestamp, body)));
    Ok(signed.collect::<Result<Vec<_>, StoreError>>()?.join(" "))
}
