//! Event payloads of a user's profiles: that they exist and have changed, never their contents.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::UserId;
use serde::Serialize;
use serde_json::{Value, json};

/// A user has one more profile. The primary one, which everybody has from the start, is not told
/// of.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileCreated {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub profile_id: String,
    /// Whether it is the primary one; it never is.
    pub primary: bool,
}

impl EventPayload for ProfileCreated {
    const TYPE: &'static str = "profiles.created";
    const SUMMARY: &'static str = "A user has one more profile.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF", "primary": false})
    }
}

/// A profile other than the primary one has changed, or the place of any.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileChanged {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub profile_id: String,
    /// The names of the fields that have changed.
    pub changed: Vec<&'static str>,
}

impl EventPayload for ProfileChanged {
    const TYPE: &'static str = "profiles.updated";
    const SUMMARY: &'static str =
        "A profile other than the primary one has changed, or the place of any.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF", "changed": ["displayName", "order"]})
    }
}

/// A profile is gone with its gallery.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDeleted {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub profile_id: String,
}

impl EventPayload for ProfileDeleted {
    const TYPE: &'static str = "profiles.deleted";
    const SUMMARY: &'static str = "A profile is gone with its gallery.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF"})
    }
}
