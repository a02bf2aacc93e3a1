//! Event payloads of accounts.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::UserId;
use serde::Serialize;
use serde_json::{Value, json};

/// `user.account_updated`. Names, numbers and addresses are nobody else's, so it says which have
/// changed and not to what.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountUpdated {
    /// Whose account.
    pub(super) user_id: UserId,
    /// The new version of the personal data.
    pub(super) version: u64,
    /// The names of the fields that have changed: `name`, `phone`, `address`.
    pub(super) changed: Vec<&'static str>,
}

impl EventPayload for AccountUpdated {
    const TYPE: &'static str = "user.account_updated";
    const SUMMARY: &'static str = "Somebody has changed their name, phone number or address.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "version": 3, "changed": ["name", "address"]})
    }
}
