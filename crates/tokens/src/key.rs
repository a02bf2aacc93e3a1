//! Keys that verify tokens. Each belongs to one algorithm (RFC 8725 §3.1), so that no header can
//! choose another.

use std::fmt;

use ring::hmac;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use selfsame_primitives::{Secret, from_base64url};
use serde::Deserialize;

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Algorithm {
    Es256,
    Rs256,
    EdDsa,
    Hs256,
}

impl Algorithm {
    /// The algorithm that is called `name` in the header of a token (RFC 7518 §3.1, RFC 8037).
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "ES256" => Self::Es256,
            "RS256" => Self::Rs256,
            "EdDSA" => Self::EdDsa,
            "HS256" => Self::Hs256,
            _ => return None,
        })
    }
}

/// A key with its name, where it has one.
pub(crate) struct VerifyingKey {
    pub(crate) id: Option<String>,
    kind: Kind,
}

enum Kind {
    /// An uncompressed point.
    Es256(Vec<u8>),
    /// Modulus and exponent.
    Rs256(Vec<u8>, Vec<u8>),
    EdDsa(Vec<u8>),
    Hs256(hmac::Key),
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({:?}, {:?})", self.algorithm(), self.id)
    }
}

impl VerifyingKey {
    /// A P-256 key, given as an uncompressed point.
    pub(crate) fn es256(id: String, point: &[u8]) -> Self {
        Self { id: Some(id), kind: Kind::Es256(point.to_vec()) }
    }

    /// A secret shared with the signer.
    pub(crate) fn hs256(secret: &Secret) -> Self {
        Self {
            id: None,
            kind: Kind::Hs256(hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())),
        }
    }

    /// The only algorithm this key verifies.
    pub(crate) fn algorithm(&self) -> Algorithm {
        match &self.kind {
            Kind::Es256(_) => Algorithm::Es256,
            Kind::Rs256(..) => Algorithm::Rs256,
            Kind::EdDsa(_) => Algorithm::EdDsa,
            Kind::Hs256(_) => Algorithm::Hs256,
        }
    }

    /// Whether `signature` is this key's for `signed`.
    pub(crate) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed, signature)
                .is_ok(),
            Kind::Rs256(n, e) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
                .is_ok(),
            Kind::EdDsa(point) => {
                UnparsedPublicKey::new(&ED25519, point).verify(signed, signature).is_ok()
            }
            Kind::Hs256(key) => hmac::verify(key, signed, signature).is_ok(),
        }
    }
}

/// A public key in the form of RFC 7517. Other members are ignored, as that RFC wants.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: String,
    x: String,
    y: String,
    n: String,
    e: String,
}

impl Jwk {
    fn into_key(self) -> Option<VerifyingKey> {
        let kind = match (self.kty.as_str(), self.crv.as_str()) {
            ("EC", "P-256") => Kind::Es256(point(&coordinate(&self.x)?, &coordinate(&self.y)?)),
            ("OKP", "Ed25519") => Kind::EdDsa(coordinate(&self.x)?),
            ("RSA", _) => Kind::Rs256(number(&self.n)?, number(&self.e)?),
            // Shared secrets ("oct") have no place in a set that everybody can read.
            _ => return None,
        };
        let key = VerifyingKey { id: self.kid, kind };
        let fits = self.alg.is_none_or(|alg| Algorithm::parse(&alg) == Some(key.algorithm()));
        let signs = self.purpose.is_none_or(|purpose| purpose == "sig");
        Some(key).filter(|_| fits && signs)
    }
}

fn coordinate(text: &str) -> Option<Vec<u8>> {
    from_base64url(text).filter(|bytes| bytes.len() == 32)
}

fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = from_base64url(text)?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(start..).map(<[u8]>::to_vec)
}

/// SEC 1 §2.3.3.
fn point(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<serde_json::Value>,
}

/// The usable keys of a JWK set (RFC 7517 §5); `None` where `json` is not one. Keys of other kinds
/// are passed over.
pub(crate) fn read_jwks(json: &[u8]) -> Option<Vec<VerifyingKey>> {
    let set: JwkSet = serde_json::from_slice(json).ok()?;
    let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Some(keys.filter_map(Jwk::into_key).collect())
}
