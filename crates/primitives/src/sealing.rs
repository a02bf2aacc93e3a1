//! One key that values are sealed with.

use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::Random;

/// A sealed value could not be opened: another key, other associated data, or changed bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SealError;

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sealed value does not open with this key")
    }
}

impl std::error::Error for SealError {}

/// A key of ChaCha20-Poly1305 (RFC 8439), ready to be used. Nonces are random, so one key is good
/// for 2³² values.
pub struct SealingKey(LessSafeKey);

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

impl SealingKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "these are the 32 bytes that the cipher takes")]
        let key = UnboundKey::new(&CHACHA20_POLY1305, bytes).expect("32 bytes are a key");
        Self(LessSafeKey::new(key))
    }

    /// Seals `plain`. `associated_data` is not stored: the same is needed to open it. The result is
    /// 28 bytes longer.
    #[must_use]
    pub fn seal(&self, associated_data: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
        let nonce = random.bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        let aad = Aad::from(associated_data);
        #[expect(
            clippy::expect_used,
            reason = "fails only beyond 256 GB, and records are bounded to 400 kB"
        )]
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .expect("the value is of sane size");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`SealingKey::seal`] made for the same associated data.
    pub fn open(&self, associated_data: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut bytes = rest.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(associated_data), &mut bytes);
        plain.map(|plain| plain.to_vec()).map_err(|_| SealError)
    }
}
