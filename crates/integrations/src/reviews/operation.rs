//! Recording and removal of reviews: the review, its index items, its claim and the totals change
//! in one commit.

use schemars::JsonSchema;
use selfsame_events::{Changes, Head, Loaded};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{Code, Detail, Problem};
use serde::Serialize;

use super::events::{Outcome, ReviewRecorded, ReviewRemoved};
use super::record::{Review, ReviewIndexEntry};
use super::request::{ReviewInput, ReviewRequest};
use super::tally::RatingTotals;
use crate::Integrations;
use selfsame_identity::actor::Actor;
use selfsame_users::records::Claim;
use selfsame_web::validation;

/// A review, and what became of what was told of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Who gave it.
    pub user_id: UserId,
    /// What became of it.
    pub outcome: Outcome,
    /// The review as it is known now.
    pub review: Review,
}

/// A review that is gone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Who gave it.
    pub user_id: UserId,
    /// Named it.
    pub review_id: String,
}

/// Records the review `id` of a user, unless the stored one is newer.
pub async fn record(
    integrations: &Integrations,
    id: &str,
    request: &ReviewRequest,
    by: &Actor,
) -> Result<Recorded, Problem> {
    let input = ReviewInput::new(id, request, integrations.platform.now())?;
    let keys = keys(&input.user, id);
    let decide = |loaded: &Loaded| recorded(loaded, id, &input, &by.service);
    by.change(&integrations.platform, &input.user, &keys, decide).await
}

/// Removes the review `id` of any user.
pub async fn remove(integrations: &Integrations, id: &str, by: &Actor) -> Result<Removed, Problem> {
    let id = validation::name(id).map_err(|_| Problem::not_found())?;
    let item = integrations
        .platform
        .store
        .get(&Review::claim(&id))
        .await?
        .ok_or_else(Problem::not_found)?;
    let Claim { user_id: user, .. } = decode(&item.body).map_err(StoreError::from)?;
    let decide = |loaded: &Loaded| removed(loaded, &id, &user, &by.service);
    by.change(&integrations.platform, &user, &keys(&user, &id), decide).await
}

fn keys(user: &UserId, id: &str) -> [Key; 3] {
    [Review::claim(id), Review::key(user, id), RatingTotals::key(user)]
}

fn recorded(
    loaded: &Loaded,
    id: &str,
    input: &ReviewInput,
    service: &str,
) -> Result<(Changes, Recorded), Problem> {
    let user = &input.user;
    if !loaded.has(&Head::key(user))? {
        return Err(Problem::not_found());
    }
    if loaded.get::<Claim>(&Review::claim(id))?.is_some_and(|claim| claim.user_id != *user) {
        return Err(Problem::new(Code::Conflict, Detail::ReviewOfAnother));
    }
    let before = loaded.get::<Review>(&Review::key(user, id))?;
    let answer = |outcome, review| Recorded { user_id: user.clone(), outcome, review };
    let (after, before) = match (input.merge_into(before.as_ref()), before) {
        (None, Some(before)) => return Ok((Changes::none(), answer(Outcome::Outdated, before))),
        (Some(after), Some(before)) if after == before => {
            return Ok((Changes::none(), answer(Outcome::Unchanged, before)));
        }
        (Some(after), before) => (after, before),
        (None, None) => return Err(Problem::internal()),
    };
    let outcome = if before.is_some() { Outcome::Replaced } else { Outcome::Created };
    let mut changes = swapped(loaded, user, before.as_ref(), Some(&after))?;
    if before.is_none() {
        changes = changes.put(Review::claim(id), &Claim::of(user.clone()));
    }
    let changes = changes.emit(&ReviewRecorded::of(user, &after, outcome, service));
    Ok((changes, answer(outcome, after)))
}

fn removed(
    loaded: &Loaded,
    id: &str,
    user: &UserId,
    service: &str,
) -> Result<(Changes, Removed), Problem> {
    let review = loaded.get::<Review>(&Review::key(user, id))?.ok_or_else(Problem::not_found)?;
    let payload = ReviewRemoved {
        user_id: user.clone(),
        review_id: id.to_owned(),
        provider_id: review.provider_id.clone(),
        service: service.to_owned(),
    };
    let changes =
        swapped(loaded, user, Some(&review), None)?.delete(Review::claim(id)).emit(&payload);
    Ok((changes, Removed { user_id: user.clone(), review_id: id.to_owned() }))
}

/// All changes in the partition of `user` when the review `before` becomes `after`.
fn swapped(
    loaded: &Loaded,
    user: &UserId,
    before: Option<&Review>,
    after: Option<&Review>,
) -> Result<Changes, StoreError> {
    let mut tally = loaded.get::<RatingTotals>(&RatingTotals::key(user))?.unwrap_or_default();
    let mut changes = Changes::none();
    if let Some(before) = before {
        tally.take_away(before);
        changes = changes.delete(Review::key(user, &before.review_id));
        changes = before.index(user).into_iter().fold(changes, Changes::delete);
    }
    if let Some(after) = after {
        tally.add(after);
        changes = changes.put(Review::key(user, &after.review_id), after);
        changes = after
            .index(user)
            .into_iter()
            .fold(changes, |changes, key| changes.put(key, &ReviewIndexEntry {}));
    }
    Ok(changes.put(RatingTotals::key(user), &tally))
}
