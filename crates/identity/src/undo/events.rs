//! The events of undone changes.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::{Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

/// `user.changes_undone`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangesUndone {
    /// Whose account it is.
    pub(super) user_id: UserId,
    /// The account is as it was then.
    pub(super) since: Timestamp,
    /// When they were taken back.
    pub(super) updated_at: Timestamp,
}

impl EventPayload for ChangesUndone {
    const TYPE: &'static str = "user.changes_undone";
    const SUMMARY: &'static str = "Somebody has taken changes back that they did not make.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "since": "2027-01-14T21:30:00.000Z", "updatedAt": "2027-01-15T08:00:00.000Z"})
    }
}
