//! What is told about passkeys.

use schemars::JsonSchema;
use selfsame_basics::UserId;
use selfsame_events::Fact;
use serde::Serialize;

/// `passkey.added`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasskeyAdded {
    /// Whose it is.
    pub(super) user_id: UserId,
    /// Its id.
    pub(super) passkey_id: String,
    /// What they call it.
    pub(super) name: String,
}

impl Fact for PasskeyAdded {
    const TYPE: &'static str = "passkey.added";
    const SUMMARY: &'static str = "Somebody can sign in with a new passkey.";
}

/// `passkey.removed`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasskeyRemoved {
    /// Whose it was.
    pub(super) user_id: UserId,
    /// Its id.
    pub(super) passkey_id: String,
    /// What they called it.
    pub(super) name: String,
}

impl Fact for PasskeyRemoved {
    const TYPE: &'static str = "passkey.removed";
    const SUMMARY: &'static str = "A passkey signs nobody in any more.";
}
