//! The events of email addresses.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::{EmailAddress, Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

/// `user.email_updated`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailUpdated {
    /// Whose it is.
    pub(crate) user_id: UserId,
    /// The address before; none where it is their first.
    pub(crate) old_email: Option<EmailAddress>,
    /// The address from now on.
    pub(crate) new_email: EmailAddress,
    /// Whether its owner has shown that it is theirs.
    pub(crate) email_verified: bool,
    /// Since when.
    pub(crate) updated_at: Timestamp,
}

impl EventPayload for EmailUpdated {
    const TYPE: &'static str = "user.email_updated";
    const SUMMARY: &'static str = "Somebody has another email address.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "oldEmail": "ada@example.org", "newEmail": "countess@example.org", "emailVerified": true, "updatedAt": "2027-01-15T08:00:00.000Z"})
    }
}
