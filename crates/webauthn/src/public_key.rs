//! Public keys of passkeys: COSE keys (RFC 9053) of the three algorithms that authenticators use.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use selfsame_primitives::{base64url, from_base64url};
use serde::{Deserialize, Serialize};

use crate::cbor::Reader;

/// The algorithms, the best first, as they are offered (IANA COSE Algorithms).
pub const ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

/// A key that signatures are checked with. Numbers are in base 64.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "algorithm")]
pub enum PublicKey {
    /// ECDSA on P-256 with SHA-256: the uncompressed point.
    #[serde(rename = "ES256")]
    Es256 {
        /// 65 bytes, `04`, x and y.
        point: String,
    },
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa {
        /// 32 bytes.
        key: String,
    },
    /// RSASSA-PKCS1-v1_5 with SHA-256: modulus and exponent.
    #[serde(rename = "RS256")]
    Rs256 {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
}

/// What a COSE key says, before it is known of which kind it is.
#[derive(Default)]
struct Members<'b> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    /// Label -1: the curve; or the modulus.
    curve: Option<i64>,
    /// Labels -1, -2 and -3 where they are bytes.
    first: Option<&'b [u8]>,
    second: Option<&'b [u8]>,
    third: Option<&'b [u8]>,
}

impl PublicKey {
    /// Reads a COSE key; what stands behind it is left to be read.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let members = Members::read(reader)?;
        match (members.kind?, members.algorithm?) {
            (2, ES256) if members.curve == Some(1) => {
                let (x, y) = (coordinate(members.second)?, coordinate(members.third)?);
                Some(Self::Es256 { point: base64url([&[4], x, y].concat()) })
            }
            (1, EDDSA) if members.curve == Some(6) => {
                Some(Self::EdDsa { key: base64url(coordinate(members.second)?) })
            }
            (3, RS256) => {
                Some(Self::Rs256 { n: base64url(members.first?), e: base64url(members.second?) })
            }
            _ => None,
        }
    }

    /// Whether `signature` is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let is_good = match self {
            Self::Es256 { point } => from_base64url(point).map(|point| {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
                    .verify(message, signature)
                    .is_ok()
            }),
            Self::EdDsa { key } => from_base64url(key).map(|key| {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }),
            Self::Rs256 { n, e } => from_base64url(n).zip(from_base64url(e)).map(|(n, e)| {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }),
        };
        is_good.unwrap_or(false)
    }
}

impl<'b> Members<'b> {
    fn read(reader: &mut Reader<'b>) -> Option<Self> {
        let mut members = Self::default();
        for _ in 0..reader.map()? {
            match reader.number()? {
                1 => members.kind = Some(reader.number()?),
                3 => members.algorithm = Some(reader.number()?),
                -1 if members.kind == Some(3) => members.first = Some(reader.bytes()?),
                -1 => members.curve = Some(reader.number()?),
                -2 => members.second = Some(reader.bytes()?),
                -3 => members.third = Some(reader.bytes()?),
                _ => reader.skip()?,
            }
        }
        Some(members)
    }
}

/// 32 bytes, as coordinates of the two curves have.
fn coordinate(bytes: Option<&[u8]>) -> Option<&[u8]> {
    bytes.filter(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Option<PublicKey> {
        PublicKey::read(&mut Reader::new(bytes))
    }

    #[test]
    fn an_rsa_key_verifies_what_it_signed_and_nothing_else() {
        let set: serde_json::Value =
            serde_json::from_str(include_str!("../../tokens/fixtures/rs256.jwks.json")).unwrap();
        let member = |name: &str| from_base64url(set["keys"][0][name].as_str().unwrap()).unwrap();
        let (n, e) = (member("n"), member("e"));
        let length = u8::try_from(n.len() >> 8).unwrap();
        let mut cose = vec![0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59, length, 0];
        cose.extend_from_slice(&n);
        cose.extend_from_slice(&[0x21, 0x43]);
        cose.extend_from_slice(&e);
        let key = read(&cose).unwrap();
        let token = include_str!("../../tokens/fixtures/rs256.jwt").trim();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = from_base64url(signature).unwrap();
        assert!(key.verifies(message.as_bytes(), &signature));
        assert!(!key.verifies(b"something else", &signature));
        let stored = serde_json::to_string(&key).unwrap();
        assert!(stored.starts_with("{\"algorithm\":\"RS256\""), "{stored}");
        assert_eq!(serde_json::from_str::<PublicKey>(&stored).unwrap(), key);
    }

    #[test]
    fn keys_of_other_kinds_curves_and_lengths_are_refused() {
        let ed25519 = |curve: u8, length: u8| {
            let head = [0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, curve, 0x21, 0x58, length];
            [&head[..], &vec![7; usize::from(length)]].concat()
        };
        assert!(read(&ed25519(6, 32)).is_some());
        assert_eq!(read(&ed25519(4, 32)), None, "X25519 does not sign");
        assert_eq!(read(&ed25519(6, 31)), None);
        let mut es384 = ed25519(6, 32);
        es384[4] = 0x38;
        assert_eq!(read(&es384), None);
        assert_eq!(read(&[0xa0]), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            if let Some(key) = read(&bytes) {
                prop_assert!(!key.verifies(b"message", &bytes));
            }
        }
    }
}
