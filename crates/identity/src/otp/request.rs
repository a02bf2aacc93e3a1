//! The id of a request that a code is mailed for.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use selfsame_primitives::{Keys, Random, base64url, refuse};
use selfsame_web::Fault;
use serde::{Deserialize, Deserializer, Serialize};

/// The longest accepted text, in characters.
const LONGEST: usize = 64;

/// 128 random bits, known only to the client of the request: attempts with it count for that
/// request alone. From outside any text is accepted; an unknown one is the id of no request.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// A new one.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self(base64url(random.bytes::<16>()))
    }

    /// Its keyed hash, which is stored.
    pub(crate) fn hash(&self, keys: &Keys) -> String {
        keys.name("otp-request", &[self.0.as_bytes()])
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() > LONGEST {
            return Err(refuse(Fault::TooLong { max: LONGEST }));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for RequestId {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RequestId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "maxLength": LONGEST, "examples": ["q83vEjRWeJCrze8SNFZ4kA"]})
    }
}
