//! The events of sessions.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::SessionId;
use serde::Serialize;
use serde_json::{Value, json};

/// `session.created`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionCreated {
    /// The new session.
    pub(crate) session_id: SessionId,
}

impl EventPayload for SessionCreated {
    const TYPE: &'static str = "session.created";
    const SUMMARY: &'static str = "Somebody has signed in.";

    fn example() -> Value {
        json!({"sessionId": "ses_01JHKQ2Y7CF3M8N5T9V1WXZ4AB"})
    }
}

/// Why a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[schemars(rename = "Ending")]
pub enum EndReason {
    /// The person signed out.
    Logout,
    /// The person ended it from another session.
    Revoked,
    /// There were too many, and it was the oldest.
    Limit,
    /// A refresh token that was spent came again: somebody has a copy.
    TokenReuse,
    /// The password was changed in another session.
    PasswordChanged,
    /// A new password was chosen with a code that was mailed.
    PasswordReset,
    /// Its owner took changes back that somebody else made.
    Undone,
    /// The account was stopped.
    Suspended,
}

/// The names of all [`EndReason`]s: the label values of the metric.
pub(super) const ENDINGS: &[&str] = &[
    "logout",
    "revoked",
    "limit",
    "token_reuse",
    "password_changed",
    "password_reset",
    "undone",
    "suspended",
];

/// `session.ended`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionEnded {
    /// The session that is no more.
    pub(crate) session_id: SessionId,
    /// Why.
    pub(crate) reason: EndReason,
}

impl EventPayload for SessionEnded {
    const TYPE: &'static str = "session.ended";
    const SUMMARY: &'static str = "A session has ended; its tokens stopped working at once.";

    fn example() -> Value {
        json!({"sessionId": "ses_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "reason": "logout"})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_ending_has_its_name_in_the_list_that_is_counted_by() {
        let schema = schemars::schema_for!(EndReason);
        let variants = schema.get("oneOf").and_then(Value::as_array).unwrap();
        let names: Vec<_> =
            variants.iter().filter_map(|variant| variant.get("const")?.as_str()).collect();
        assert_eq!(names, ENDINGS);
    }
}
