//! The events of registrations.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::Username;
use serde::Serialize;
use serde_json::{Value, json};

/// How somebody became a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[schemars(rename = "Way")]
pub(crate) enum RegistrationMethod {
    /// With an email address and a password.
    Password,
    /// By a token of another issuer.
    Issuer,
}

/// `user.registered`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registered {
    /// How.
    pub(crate) way: RegistrationMethod,
    /// The name others find them by, if they have one yet.
    pub(crate) username: Option<Username>,
    /// The issuer that brought them, if one did.
    pub(crate) issuer: Option<String>,
}

impl EventPayload for Registered {
    const TYPE: &'static str = "user.registered";
    const SUMMARY: &'static str = "Somebody has become a user.";

    fn example() -> Value {
        json!({"way": "password", "username": "ada", "issuer": null})
    }
}
