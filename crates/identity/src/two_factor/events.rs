//! The events of the second factor.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::{Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

/// `user.2fa_enabled`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Enabled {
    /// Whose it is.
    pub(super) user_id: UserId,
    /// Since when.
    pub(super) updated_at: Timestamp,
}

impl EventPayload for Enabled {
    const TYPE: &'static str = "user.2fa_enabled";
    const SUMMARY: &'static str = "Somebody's sign-ins ask for a second factor.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "updatedAt": "2027-01-15T08:00:00.000Z"})
    }
}

/// `user.2fa_disabled`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Disabled {
    /// Whose it was.
    pub(super) user_id: UserId,
    /// Since when.
    pub(super) updated_at: Timestamp,
}

impl EventPayload for Disabled {
    const TYPE: &'static str = "user.2fa_disabled";
    const SUMMARY: &'static str = "Somebody's sign-ins do not ask for a second factor any more.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "updatedAt": "2027-01-15T08:00:00.000Z"})
    }
}

/// `user.recovery_codes_replaced`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecoveryCodesReplaced {
    /// Whose they are.
    pub(super) user_id: UserId,
    /// Since when.
    pub(super) updated_at: Timestamp,
}

impl EventPayload for RecoveryCodesReplaced {
    const TYPE: &'static str = "user.recovery_codes_replaced";
    const SUMMARY: &'static str =
        "Somebody has new recovery codes; the old ones are worth nothing.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "updatedAt": "2027-01-15T08:00:00.000Z"})
    }
}

/// `user.recovery_code_used`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecoveryCodeUsed {
    /// Whose it was.
    pub(super) user_id: UserId,
    /// How many are left.
    pub(super) left: usize,
}

impl EventPayload for RecoveryCodeUsed {
    const TYPE: &'static str = "user.recovery_code_used";
    const SUMMARY: &'static str = "Somebody has used one of their recovery codes.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "left": 7})
    }
}
