//! An authenticator in software.

use std::cell::{Cell, RefCell};

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use selfsame_primitives::base64url;
use serde_json::{Value, json};

pub(super) const PRESENT: u8 = 1;
pub(super) const VERIFIED: u8 = 4;

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// One passkey and the page that it is used on; a test may bend anything.
pub(super) struct Authenticator {
    pair: Pair,
    pub(super) id: Vec<u8>,
    pub(super) origin: RefCell<String>,
    pub(super) rp_id: RefCell<String>,
    pub(super) flags: Cell<u8>,
    pub(super) count: Cell<u32>,
    pub(super) cross_origin: Cell<bool>,
    pub(super) user: RefCell<Option<String>>,
}

impl Authenticator {
    pub(super) fn p256() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random)
            .unwrap();
        Self::with(Pair::P256(pair))
    }

    pub(super) fn ed25519() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::with(Pair::Ed25519(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap()))
    }

    fn with(pair: Pair) -> Self {
        let key = match &pair {
            Pair::P256(pair) => digest(&SHA256, pair.public_key().as_ref()),
            Pair::Ed25519(pair) => digest(&SHA256, pair.public_key().as_ref()),
        };
        Self {
            pair,
            id: key.as_ref().to_vec(),
            origin: RefCell::new("http://localhost:8080".into()),
            rp_id: RefCell::new("localhost".into()),
            flags: Cell::new(PRESENT | VERIFIED),
            count: Cell::new(0),
            cross_origin: Cell::new(false),
            user: RefCell::new(None),
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let (origin, cross) = (self.origin.borrow().clone(), self.cross_origin.get());
        let challenge = &options["publicKey"]["challenge"];
        json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": cross})
            .to_string()
            .into()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.borrow().as_bytes());
        [hash.as_ref(), &[self.flags.get() | flags], &self.count.get().to_be_bytes()].concat()
    }

    fn cose(&self) -> Vec<u8> {
        match &self.pair {
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y]
                    .concat()
            }
            Pair::Ed25519(pair) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32][..], pair.public_key().as_ref()]
                    .concat()
            }
        }
    }

    /// What a browser gives for options of `create()`.
    pub(super) fn create(&self, options: &Value) -> Value {
        *self.user.borrow_mut() = options["publicKey"]["user"]["id"].as_str().map(str::to_owned);
        let id_length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data = [&self.data(0x40)[..], &[0; 16], &id_length, &self.id, &self.cose()].concat();
        let length = [u8::try_from(data.len()).unwrap()];
        let object =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58", &length[..], &data].concat();
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(self.client_data("webauthn.create", options)),
                "attestationObject": base64url(object),
                "transports": ["internal", "hybrid", "Not A Word"],
                "publicKeyAlgorithm": -7,
            }
        })
    }

    /// What a browser gives for options of `get()`.
    pub(super) fn get(&self, options: &Value) -> Value {
        let (client, data) = (self.client_data("webauthn.get", options), self.data(0));
        let message = [&data[..], digest(&SHA256, &client).as_ref()].concat();
        let signature = match &self.pair {
            Pair::P256(pair) => {
                pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.sign(&message).as_ref().to_vec(),
        };
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(client),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
                "userHandle": *self.user.borrow(),
            }
        })
    }
}
