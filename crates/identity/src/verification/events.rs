//! The events of verified addresses.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// `user.email_verified`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailVerified {
    /// When.
    pub(crate) verified_at: Timestamp,
}

impl EventPayload for EmailVerified {
    const TYPE: &'static str = "user.email_verified";
    const SUMMARY: &'static str = "A user has shown that their email address is theirs.";

    fn example() -> Value {
        json!({"verifiedAt": "2027-01-15T08:00:00.000Z"})
    }
}
