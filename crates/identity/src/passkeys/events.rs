//! The events of passkeys.

use schemars::JsonSchema;
use selfsame_events::{EventPayload, Redaction};
use selfsame_primitives::UserId;
use serde::Serialize;
use serde_json::{Value, json};

/// `passkey.added`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasskeyAdded {
    /// Whose it is.
    pub(super) user_id: UserId,
    /// Its id.
    pub(super) passkey_id: String,
    /// What they call it.
    pub(super) name: String,
}

impl EventPayload for PasskeyAdded {
    const TYPE: &'static str = "passkey.added";
    const SUMMARY: &'static str = "Somebody can sign in with a new passkey.";
    const TO_OTHERS: Redaction = Redaction::Without(&["name"]);

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "passkeyId": "kB3cD4eFgH5i", "name": "My phone"})
    }
}

/// `passkey.removed`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasskeyRemoved {
    /// Whose it was.
    pub(super) user_id: UserId,
    /// Its id.
    pub(super) passkey_id: String,
    /// What they called it.
    pub(super) name: String,
}

impl EventPayload for PasskeyRemoved {
    const TYPE: &'static str = "passkey.removed";
    const SUMMARY: &'static str = "A passkey signs nobody in any more.";
    const TO_OTHERS: Redaction = Redaction::Without(&["name"]);

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "passkeyId": "kB3cD4eFgH5i", "name": "My phone"})
    }
}
