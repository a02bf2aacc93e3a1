//! Event payloads of reviews: that there is one and its rating, not its text.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::record::Review;

/// What became of a review that a service told of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It took the place of what was known of it.
    Replaced,
    /// All of it was known; nothing has changed and nothing is told.
    Unchanged,
    /// What is known of it is newer; nothing has changed and nothing is told.
    Outdated,
}

/// The names of the [`Outcome`]s that emit an event.
pub(super) const CHANGES: &[&str] = &["created", "replaced"];

/// `review.recorded`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewRecorded {
    /// Who gave it.
    pub user_id: UserId,
    /// Names it.
    pub review_id: String,
    /// Who was reviewed.
    pub provider_id: String,
    /// Which of the provider's services.
    pub service_id: String,
    /// 1 to 5, 5 being the best.
    pub rating: u8,
    /// `created` or `replaced`.
    pub outcome: Outcome,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The service that told of it.
    pub service: String,
}

impl EventPayload for ReviewRecorded {
    const TYPE: &'static str = "review.recorded";
    const SUMMARY: &'static str =
        "Somebody has reviewed a provider of services, or changed a review.";

    fn example() -> Value {
        json!({
            "userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "reviewId": "rev-1", "providerId": "plumber-7", "serviceId": "leaks", "rating": 5, "outcome": "created",
            "createdAt": "2027-01-15T08:00:00.000Z", "updatedAt": "2027-01-15T08:00:00.000Z", "service": "market"
        })
    }
}

impl ReviewRecorded {
    pub(super) fn of(user: &UserId, review: &Review, outcome: Outcome, service: &str) -> Self {
        Self {
            user_id: user.clone(),
            review_id: review.review_id.clone(),
            provider_id: review.provider_id.clone(),
            service_id: review.service_id.clone(),
            rating: review.rating,
            outcome,
            created_at: review.created_at,
            updated_at: review.updated_at,
            service: service.to_owned(),
        }
    }
}

/// `review.removed`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewRemoved {
    /// Who gave it.
    pub user_id: UserId,
    /// Names it.
    pub review_id: String,
    /// Who was reviewed.
    pub provider_id: String,
    /// The service that has removed it.
    pub service: String,
}

impl EventPayload for ReviewRemoved {
    const TYPE: &'static str = "review.removed";
    const SUMMARY: &'static str = "A review that somebody gave was removed.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "reviewId": "rev-1", "providerId": "plumber-7", "service": "market"})
    }
}
