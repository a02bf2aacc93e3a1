//! The events of administrators.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use serde::Serialize;
use serde_json::{Value, json};

/// `user.role_changed`.
#[derive(Serialize, JsonSchema)]
pub(super) struct RoleChanged {
    /// Whether the user is an administrator from now on.
    pub(super) administrator: bool,
}

impl EventPayload for RoleChanged {
    const TYPE: &'static str = "user.role_changed";
    const SUMMARY: &'static str = "Somebody was made an administrator, or is none any more.";

    fn example() -> Value {
        json!({"administrator": true})
    }
}
