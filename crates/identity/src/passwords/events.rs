//! The events of passwords.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::{Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

/// `user.password_changed`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasswordChanged {
    /// Whose it is.
    pub(super) user_id: UserId,
    /// Since when.
    pub(super) updated_at: Timestamp,
}

impl EventPayload for PasswordChanged {
    const TYPE: &'static str = "user.password_changed";
    const SUMMARY: &'static str = "Somebody has another password.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "updatedAt": "2027-01-15T08:00:00.000Z"})
    }
}
