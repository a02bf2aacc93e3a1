//! Event payloads of recorded activity, and of reports about it.

use schemars::JsonSchema;
use selfsame_events::{EventPayload, Redaction};
use selfsame_primitives::{UserId, stored};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// `activity.recorded`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityRecorded {
    /// Whose activity it is.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// What has happened, in the words of whoever recorded it: `order.placed`.
    pub kind: String,
    /// The same as a short sentence for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Whatever else belongs to it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// The service that recorded it; none where one of the person's own clients did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl EventPayload for ActivityRecorded {
    const TYPE: &'static str = "activity.recorded";
    const SUMMARY: &'static str = "A client or another service has noted something a person did.";
    const TO_OTHERS: Redaction = Redaction::Without(&["summary", "data"]);

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "kind": "order.placed", "summary": "Ordered two books", "data": {"orderId": "4711"}, "service": "shop"})
    }
}

/// `activity.disowned`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityDisowned {
    /// Whose activity it is.
    pub user_id: UserId,
    /// The event that they say was not them.
    pub event_id: String,
    /// Its type.
    pub disowned_type: String,
}

impl EventPayload for ActivityDisowned {
    const TYPE: &'static str = "activity.disowned";
    const SUMMARY: &'static str =
        "Somebody says of an entry in their activity that it was not them.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "eventId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AC", "disownedType": "session.created"})
    }
}
