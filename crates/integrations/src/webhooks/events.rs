//! Event payloads of webhooks.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use serde::Serialize;
use serde_json::{Value, json};

/// `webhook.managed`, of the administrator who did it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookManaged {
    /// Which webhook.
    pub(super) webhook_id: String,
    /// What was done.
    pub(super) act: WebhookAction,
}

/// What can be done with a webhook.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Act")]
pub(super) enum WebhookAction {
    /// It was made.
    Created,
    /// Its address, types or description were changed, or it was disabled.
    Updated,
    /// It was enabled.
    Enabled,
    /// It got a new secret.
    SecretRotated,
    /// An event was sent once more.
    Replayed,
    /// It was removed.
    Removed,
}

impl EventPayload for WebhookManaged {
    const TYPE: &'static str = "webhook.managed";
    const SUMMARY: &'static str = "An administrator has changed where events are posted to.";

    fn example() -> Value {
        json!({"webhookId": "aB3cD4eF", "act": "created"})
    }
}
