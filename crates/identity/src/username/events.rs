//! The events of usernames.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::{EmailAddress, Timestamp, UserId, Username};
use serde::Serialize;
use serde_json::{Value, json};

/// `user.username_updated`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsernameUpdated {
    /// Whose it is.
    pub(super) user_id: UserId,
    /// Where their mail goes, if that is known.
    pub(super) email: Option<EmailAddress>,
    /// The name before; none where it is their first.
    pub(super) old_username: Option<Username>,
    /// The name from now on.
    pub(super) new_username: Username,
    /// Since when.
    pub(super) updated_at: Timestamp,
}

impl EventPayload for UsernameUpdated {
    const TYPE: &'static str = "user.username_updated";
    const SUMMARY: &'static str = "Somebody has another username.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "email": "ada@example.org", "oldUsername": "ada", "newUsername": "countess", "updatedAt": "2027-01-15T08:00:00.000Z"})
    }
}
