//! Views of webhooks for those who manage them.

use schemars::JsonSchema;
use selfsame_primitives::{Secret, Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

use crate::webhook_delivery::record::{Delivery, Endpoint, Reason, Status};

/// An endpoint.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointView {
    /// Its id.
    pub id: String,
    /// Where events are posted to.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// The types that are sent; all where it is empty.
    pub event_types: Vec<String>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why not: `administrator` (by hand), `gone` (it answered 410) or `failing` (for three days
    /// without a success).
    pub disabled_reason: Option<Reason>,
    /// Since when not.
    pub disabled_at: Option<Timestamp>,
    /// Since when every try has failed; `null` while all is well.
    pub failing_since: Option<Timestamp>,
    /// Until when the secret before the present one is signed with, too.
    pub former_secret_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes.
    pub version: u64,
}

impl EndpointView {
    pub(super) fn of(endpoint: Endpoint, failing_since: Option<Timestamp>, now: Timestamp) -> Self {
        let former = endpoint.former.filter(|former| now < former.until);
        Self {
            id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            event_types: endpoint.event_types,
            enabled: endpoint.disabled.is_none(),
            disabled_reason: endpoint.disabled.map(|disabled| disabled.reason),
            disabled_at: endpoint.disabled.map(|disabled| disabled.at),
            failing_since,
            former_secret_until: former.map(|former| former.until),
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
            version: endpoint.version,
        }
    }
}

/// All endpoints, and what they may want.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointsView {
    /// In the order in which they were made.
    pub items: Vec<EndpointView>,
    /// The types of events that there are.
    pub known_types: Vec<&'static str>,
}

/// An endpoint with its secret, which is shown only now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretView {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: EndpointView,
    /// What is signed with: `whsec_` and 32 bytes in base 64. Never shown again.
    pub secret: String,
}

impl SecretView {
    pub(super) fn of(endpoint: EndpointView, secret: &Secret) -> Self {
        Self { endpoint, secret: secret.expose().to_owned() }
    }
}

/// The delivery of one event, as the last try left it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// The event, and the `webhook-id` of every try.
    pub event_id: String,
    /// Its type; `webhook.test` for tests.
    pub event_type: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Whom it is about; `null` for tests.
    pub subject: Option<UserId>,
    /// `delivered`, `waiting` (it failed and is tried again) or `failed`.
    pub status: Status,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last.
    pub attempted_at: Timestamp,
    /// How long that took.
    pub duration_ms: u64,
    /// The status that the endpoint answered with.
    pub code: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// When it is tried again. While the endpoint is disabled it is not.
    pub next_attempt_at: Option<Timestamp>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            event_id: delivery.event_id,
            event_type: delivery.event_type,
            occurred_at: delivery.occurred_at,
            subject: delivery.subject,
            status: delivery.status,
            attempts: delivery.attempts,
            attempted_at: delivery.attempted_at,
            duration_ms: delivery.duration_ms,
            code: delivery.code,
            error: delivery.error,
            next_attempt_at: delivery.next_at,
        }
    }
}

pub(super) fn endpoint_example() -> Value {
    json!({
        "id": "01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "url": "https://example.org/hooks/selfsame",
        "description": "Search index",
        "eventTypes": ["profile.*", "user.deleted"],
        "enabled": true,
        "disabledReason": null,
        "disabledAt": null,
        "failingSince": null,
        "formerSecretUntil": null,
        "createdAt": "2026-01-31T09:30:00.000Z",
        "updatedAt": "2026-01-31T09:30:00.000Z",
        "version": 1
    })
}

pub(super) fn secret_example() -> Value {
    let mut example = endpoint_example();
    if let Value::Object(fields) = &mut example {
        fields.insert("secret".into(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwQe0c1d2e3f4=".into());
    }
    example
}

pub(super) fn delivery_example() -> Value {
    json!({
        "eventId": "01JD3Z5K8QW4N6R7T9V2X0Y1AC",
        "eventType": "profile.updated",
        "occurredAt": "2026-01-31T09:30:00.000Z",
        "subject": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "status": "waiting",
        "attempts": 2,
        "attemptedAt": "2026-01-31T09:30:01.080Z",
        "durationMs": 42,
        "code": 503,
        "error": "answered 503",
        "nextAttemptAt": "2026-01-31T09:30:03.100Z"
    })
}
