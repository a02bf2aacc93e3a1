//! The id of a request that a code is mailed for.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use selfsame_primitives::{Keys, Random, base64url, refuse};
use selfsame_web::Fault;
use serde::{Deserialize, Deserializer, Serialize};

/// The longest text that is looked at.
const LONGEST: usize = 64;

/// 128 random bits, known to whoever made the request: tries that bring it are counted for that
/// request alone. What comes from outside may be any text, which is then the id of no request.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// A new one.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        Self(base64url(random.bytes::<16>()))
    }

    /// What is stored of it.
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
