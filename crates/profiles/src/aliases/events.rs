//! Event payloads of aliases. None joins an alias with its owner, unless the owner has revealed it.

use schemars::JsonSchema;
use selfsame_events::{EventPayload, Redaction};
use selfsame_primitives::{AliasId, UserId};
use serde::Serialize;
use serde_json::{Value, json};

use super::place::ContextType;

/// Somebody has put on an alias. Neither the alias nor the context is told, since the event says
/// who.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AliasCreated {
    /// The kind of place.
    pub context_type: ContextType,
}

impl EventPayload for AliasCreated {
    const TYPE: &'static str = "alias.created";
    const SUMMARY: &'static str = "Somebody has put on an alias; which one and where is not told.";
    const TO_OTHERS: Redaction = Redaction::Envelope;

    fn example() -> Value {
        json!({"contextType": "chat_room"})
    }
}

/// Somebody has changed one alias for another.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AliasRegenerated {
    /// The kind of place.
    pub context_type: ContextType,
}

impl EventPayload for AliasRegenerated {
    const TYPE: &'static str = "alias.regenerated";
    const SUMMARY: &'static str =
        "Somebody has changed one alias for another; which ones and where is not told.";
    const TO_OTHERS: Redaction = Redaction::Envelope;

    fn example() -> Value {
        json!({"contextType": "chat_room"})
    }
}

/// Somebody has shown who is behind an alias.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AliasConverted {
    /// Who.
    pub user_id: UserId,
    /// Behind which alias.
    pub alias_id: AliasId,
    /// Its name.
    pub display_name: String,
    /// Where.
    pub context: String,
    /// What kind of place that is.
    pub context_type: ContextType,
}

impl EventPayload for AliasConverted {
    const TYPE: &'static str = "alias.converted";
    const SUMMARY: &'static str = "Somebody has shown who is behind one of their aliases.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "aliasId": "alias_aB3cD4eFgH5i", "displayName": "Anonymous_Panda_789", "context": "chat_room_123", "contextType": "chat_room"})
    }
}
