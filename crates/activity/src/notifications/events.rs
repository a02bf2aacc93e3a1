//! Event payloads of notifications.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::UserId;
use serde::Serialize;
use serde_json::{Value, json};

use super::kinds::NotificationKind;

/// `notification.created`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationCreated {
    /// Whose it is.
    pub user_id: UserId,
    /// Its id: that of the event which it tells of.
    pub notification_id: String,
    /// What it tells of: the type of that event.
    pub kind: String,
    /// Whether it is about security, or news.
    pub class: NotificationKind,
}

impl EventPayload for NotificationCreated {
    const TYPE: &'static str = "notification.created";
    const SUMMARY: &'static str = "Something was told to a person inside the application.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "notificationId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AC", "kind": "media.ready", "class": "news"})
    }
}
