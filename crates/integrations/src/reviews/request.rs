//! Validation of reviews that services record.

use schemars::JsonSchema;
use selfsame_primitives::{Timestamp, UserId, clean_line, clean_paragraphs};
use selfsame_web::{Fault, FieldErrors, Problem};
use serde::Deserialize;

use super::record::Review;
use selfsame_web::validation;

/// The longest name of a provider, in characters.
const NAME: usize = 100;
/// The longest comment or response, in characters.
const TEXT: usize = 2000;

/// A review that a user gave.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewRequest {
    /// Who gave it.
    pub user_id: String,
    /// Who was reviewed.
    #[schemars(regex(pattern = validation::NAME_PATTERN))]
    pub provider_id: String,
    /// What the provider is called.
    #[schemars(length(min = 1, max = 100))]
    pub provider_name: String,
    /// Which of the provider's services.
    #[schemars(regex(pattern = validation::NAME_PATTERN))]
    pub service_id: String,
    /// 1 to 5, 5 being the best.
    #[schemars(range(min = 1, max = 5))]
    pub rating: u8,
    /// What the user wrote.
    #[schemars(length(max = 2000))]
    pub comment: Option<String>,
    /// When it was given; without it, when it is first told of.
    pub created_at: Option<Timestamp>,
    /// When it was last changed; without it, now, if anything has changed.
    pub updated_at: Option<Timestamp>,
    /// What the provider answered.
    #[schemars(length(max = 2000))]
    pub response: Option<String>,
}

/// A checked review as it was recorded.
pub(super) struct ReviewInput {
    pub(super) user: UserId,
    /// Absent times are those of a new review.
    review: Review,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    now: Timestamp,
}

impl ReviewInput {
    pub(super) fn new(id: &str, request: &ReviewRequest, now: Timestamp) -> Result<Self, Problem> {
        let id = validation::name(id).map_err(|_| Problem::not_found())?;
        let mut faults = FieldErrors::default();
        let user = faults.check("/userId", UserId::parse(&request.user_id));
        let review = checked_review(id, request, now, &mut faults);
        let user = faults.or(user)?.ok_or_else(Problem::internal)?;
        Ok(Self {
            user,
            review,
            created_at: request.created_at,
            updated_at: request.updated_at,
            now,
        })
    }

    /// The review that results from the stored one, `before`; `None` where that is newer, and the
    /// same where nothing has changed.
    pub(super) fn merge_into(&self, before: Option<&Review>) -> Option<Review> {
        let Some(before) = before else { return Some(self.review.clone()) };
        if self.updated_at.is_some_and(|time| time < before.updated_at) {
            return None;
        }
        let created_at = self.created_at.unwrap_or(before.created_at);
        let same_time = Review { created_at, updated_at: before.updated_at, ..self.review.clone() };
        if self.updated_at.is_none() && same_time == *before {
            return Some(same_time);
        }
        let updated_at = self.updated_at.unwrap_or(self.now).max(before.updated_at).max(created_at);
        Some(Review { updated_at, ..same_time })
    }
}

fn checked_review(
    review_id: String,
    request: &ReviewRequest,
    now: Timestamp,
    faults: &mut FieldErrors,
) -> Review {
    if !(1..=5).contains(&request.rating) {
        faults.add("/rating", Fault::OutOfRange { min: 1, max: 5 });
    }
    let (created_at, updated_at) = times(request, now, faults);
    let comment = request.comment.as_deref().unwrap_or_default();
    let response = request.response.as_deref().map(|text| clean_paragraphs(text, TEXT)).transpose();
    Review {
        review_id,
        provider_id: faults
            .check("/providerId", validation::name(&request.provider_id))
            .unwrap_or_default(),
        provider_name: faults
            .check("/providerName", clean_line(&request.provider_name, NAME))
            .unwrap_or_default(),
        service_id: faults
            .check("/serviceId", validation::name(&request.service_id))
            .unwrap_or_default(),
        rating: request.rating,
        comment: faults.check("/comment", clean_paragraphs(comment, TEXT)).unwrap_or_default(),
        created_at,
        updated_at,
        response: faults.check("/response", response).flatten().filter(|text| !text.is_empty()),
    }
}

/// The times of a review that is not stored yet.
fn times(
    request: &ReviewRequest,
    now: Timestamp,
    faults: &mut FieldErrors,
) -> (Timestamp, Timestamp) {
    for (pointer, time) in [("/createdAt", request.created_at), ("/updatedAt", request.updated_at)]
    {
        if let Some(time) = time {
            faults.check(pointer, validation::past(time, now));
        }
    }
    let created = request.created_at.or(request.updated_at).unwrap_or(now);
    let updated = request.updated_at.unwrap_or(created);
    if updated < created {
        faults.add("/updatedAt", Fault::NotAfter { other: "createdAt".to_owned() });
    }
    (created, updated)
}
