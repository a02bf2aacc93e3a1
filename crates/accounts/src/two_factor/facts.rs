//! What is told about the second factor.

use schemars::JsonSchema;
use selfsame_basics::{Timestamp, UserId};
use selfsame_events::Fact;
use serde::Serialize;

/// `user.2fa_enabled`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Enabled {
    /// Whose it is.
    pub(super) user_id: UserId,
    /// Since when.
    pub(super) updated_at: Timestamp,
}

impl Fact for Enabled {
    const TYPE: &'static str = "user.2fa_enabled";
    const SUMMARY: &'static str = "Somebody's sign-ins ask for a second factor.";
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

impl Fact for Disabled {
    const TYPE: &'static str = "user.2fa_disabled";
    const SUMMARY: &'static str = "Somebody's sign-ins do not ask for a second factor any more.";
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

impl Fact for RecoveryCodesReplaced {
    const TYPE: &'static str = "user.recovery_codes_replaced";
    const SUMMARY: &'static str = "Somebody has new recovery codes; the old ones are worth nothing.";
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

impl Fact for RecoveryCodeUsed {
    const TYPE: &'static str = "user.recovery_code_used";
    const SUMMARY: &'static str = "Somebody has used one of their recovery codes.";
}
