//! Everything that is keyed hangs on one master key: hashes, sealed values, signatures of cursors.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::{Random, SealError, SealingKey};

/// `bytes` in the URL-safe base 64 of RFC 4648, without padding.
#[must_use]
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes behind [`base64url`]; `None` where `text` is not of that form.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Whether both are the same bytes, in a time that depends on their lengths alone.
#[must_use]
pub fn same_secret(left: &[u8], right: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(left, right).into()
}

/// The keys of one installation, all derived from one 32-byte master key, a separate one for each
/// purpose.
pub struct Keys(hmac::Key);

impl Keys {
    /// The keys that hang on `master`.
    #[must_use]
    pub fn from_master(master: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, master))
    }

    /// The 32-byte key for `purpose`.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        digest(&hmac::sign(&self.0, purpose.as_bytes()))
    }

    /// HMAC-SHA256 of `parts` under the key for `purpose`. Where one part ends counts: `["ab","c"]`
    /// is not `["a","bc"]`.
    #[must_use]
    pub fn hash(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context =
            hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose)));
        for part in parts {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        digest(&context.sign())
    }

    /// The first 16 bytes of [`Keys::hash`] as 22 URL-safe characters: a name that can't be guessed
    /// without the key.
    #[must_use]
    pub fn name(&self, purpose: &str, parts: &[&[u8]]) -> String {
        base64url(self.hash(purpose, parts).split_at(16).0)
    }

    /// Seals `plain` with ChaCha20-Poly1305 for `purpose`. `associated_data` is not stored: the
    /// same is needed to open it.
    #[must_use]
    pub fn seal(
        &self,
        purpose: &str,
        associated_data: &[u8],
        plain: &[u8],
        random: &dyn Random,
    ) -> Vec<u8> {
        self.sealing(purpose).seal(associated_data, plain, random)
    }

    /// Opens what [`Keys::seal`] made for the same purpose and associated data.
    pub fn open(
        &self,
        purpose: &str,
        associated_data: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        self.sealing(purpose).open(associated_data, sealed)
    }

    fn sealing(&self, purpose: &str) -> SealingKey {
        SealingKey::new(&self.derive(purpose))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

fn digest(tag: &hmac::Tag) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(tag.as_ref()).for_each(|(byte, from)| *byte = *from);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    #[test]
    fn where_a_part_ends_changes_the_hash() {
        let keys = Keys::from_master(&[7; 32]);
        assert_ne!(keys.hash("p", &[b"ab", b"c"]), keys.hash("p", &[b"a", b"bc"]));
        assert_ne!(keys.hash("p", &[b"ab"]), keys.hash("q", &[b"ab"]));
        assert_eq!(keys.hash("p", &[b"ab"]), Keys::from_master(&[7; 32]).hash("p", &[b"ab"]));
    }

    #[test]
    fn a_sealed_value_opens_only_for_its_key_purpose_and_associated_data() {
        let keys = Keys::from_master(&[7; 32]);
        let sealed = keys.seal("alias", b"here", b"usr_1", &SeededRandom::new(1));
        assert_eq!(keys.open("alias", b"here", &sealed), Ok(b"usr_1".to_vec()));
        assert_eq!(keys.open("alias", b"there", &sealed), Err(SealError));
        assert_eq!(keys.open("other", b"here", &sealed), Err(SealError));
        assert_eq!(Keys::from_master(&[8; 32]).open("alias", b"here", &sealed), Err(SealError));
        assert_eq!(keys.open("alias", b"here", b"short"), Err(SealError));
    }
}
