//! The routes of reviews.

use crate::Integrations;
use std::sync::Arc;

use ::http::{HeaderMap, Uri};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use selfsame_primitives::Timestamp;
use selfsame_store::{StoreError, decode};
use selfsame_web::{
    Access, Code, Fault, Json, List, Paging, Problem, Query, Reply, Route, seal_cursor,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SCOPE;
use super::events::Outcome;
use super::list::{self, ReviewQuery, Sort};
use super::operation::{self, Recorded, Removed};
use super::record::{Review, ReviewIndexKey};
use super::request::ReviewRequest;
use super::statistics::Statistics;
use super::tally::RatingTotals;
use selfsame_identity::authentication::SignedIn;
use selfsame_identity::{actor::Actor, authentication::ServiceCaller};
use selfsame_web::validation;

/// Later than any time in a request, within the width that index keys have for times.
const END: Timestamp = Timestamp::from_millis(999_999_999_999_999);

pub(super) fn routes() -> Vec<Route<Arc<Integrations>>> {
    let review_id = || json!({"type": "string", "pattern": validation::NAME_PATTERN, "examples": ["rev_01JD3Z5K8QW4"]});
    let recorded = |outcome| json!({"userId": USER, "outcome": outcome, "review": example()});
    vec![
        list_route(),
        Route::get("/v1/account/reviews/statistics", "How you rate", statistics)
            .describe("Counted along with every change of a review, so always exact.")
            .answers::<Statistics>(200, "The statistics.", statistics_example()),
        Route::put("/internal/v1/reviews/{reviewId}", "Record a review that a user gave", put)
            .describe("Makes the review or replaces all of it. What is told of again changes nothing. What was changed before `updatedAt` of what is known (`outdated`) changes nothing either, so messages may overtake each other.")
            .access(Access::Service(SCOPE))
            .parameter("path", "reviewId", review_id(), "The id that the service gave it.")
            .takes::<ReviewRequest>(request_example())
            .answers::<Recorded>(200, "It replaced what was known, or nothing has changed.", recorded("replaced"))
            .answers::<Recorded>(201, "It is new.", recorded("created"))
            .problems(&[Code::Forbidden, Code::NotFound, Code::Conflict]),
        Route::delete("/internal/v1/reviews/{reviewId}", "Remove a review that a user gave", delete)
            .describe("Whoever tells of it again afterwards makes it anew.")
            .access(Access::Service(SCOPE))
            .parameter("path", "reviewId", review_id(), "The id that the service gave it.")
            .answers::<Removed>(200, "It is gone.", json!({"userId": USER, "reviewId": "rev_01JD3Z5K8QW4"}))
            .problems(&[Code::Forbidden, Code::NotFound]),
    ]
}

fn list_route() -> Route<Arc<Integrations>> {
    let time = || json!({"type": "string", "format": "date-time"});
    Route::get("/v1/account/reviews", "The reviews that you gave", get)
        .describe("The newest first, unless `sort` says otherwise. Within one rating the newest come first.")
        .parameter(
            "query",
            "rating",
            json!({"type": "integer", "minimum": 1, "maximum": 5}),
            "Only those with this rating.",
        )
        .parameter(
            "query",
            "providerId",
            json!({"type": "string", "pattern": validation::NAME_PATTERN}),
            "Only those of this provider.",
        )
        .parameter("query", "from", time(), "Only those that were given then or later.")
        .parameter("query", "to", time(), "Only those that were given before.")
        .parameter(
            "query",
            "sort",
            json!({"type": "string", "enum": ["newest", "oldest", "highest", "lowest"], "default": "newest"}),
            "In which order.",
        )
        .parameter(
            "query",
            "limit",
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
            "At most so many.",
        )
        .parameter("query", "cursor", json!({"type": "string"}), "The `nextCursor` of the page before.")
        .answers::<List<Review>>(200, "One page.", json!({"items": [example()], "nextCursor": null}))
}

/// The query of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListQuery {
    rating: Option<u8>,
    provider_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    sort: Option<String>,
    #[serde(default, deserialize_with = "selfsame_web::page_limit")]
    limit: Option<u8>,
    cursor: Option<String>,
}

impl ListQuery {
    fn checked<'w>(&'w self, caller: &'w SignedIn) -> Result<ReviewQuery<'w>, Problem> {
        if self.rating.is_some_and(|rating| !(1..=5).contains(&rating)) {
            return Err(Problem::fault("?rating", Fault::OutOfRange { min: 1, max: 5 }));
        }
        if let Some(provider) = &self.provider_id {
            validation::name(provider).map_err(|fault| Problem::fault("?providerId", fault))?;
        }
        let from = time("?from", self.from.as_deref(), Timestamp::default())?;
        let until = time("?to", self.to.as_deref(), END)?;
        if until <= from {
            return Err(Problem::fault("?to", Fault::NotAfter { other: "from".to_owned() }));
        }
        let allowed = || Sort::NAMES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let named =
            |name| Sort::NAMES.iter().find(|(known, _)| *known == name).map(|(_, sort)| *sort);
        let sort = named(self.sort.as_deref().unwrap_or("newest"));
        Ok(ReviewQuery {
            user: caller.id(),
            provider: self.provider_id.as_deref(),
            rating: self.rating,
            from,
            until,
            sort: sort
                .ok_or_else(|| Problem::fault("?sort", Fault::NotOneOf { allowed: allowed() }))?,
        })
    }
}

fn time(pointer: &str, text: Option<&str>, otherwise: Timestamp) -> Result<Timestamp, Problem> {
    let Some(text) = text else { return Ok(otherwise) };
    let time = serde_json::from_value::<Timestamp>(json!(text));
    let time = time.ok().filter(|time| (Timestamp::default()..=END).contains(time));
    time.ok_or_else(|| Problem::fault(pointer, Fault::NotATime))
}

async fn get(
    State(integrations): State<Arc<Integrations>>,
    caller: SignedIn,
    Query(query): Query<ListQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let reviews = query.checked(&caller)?;
    let ReviewQuery { provider, rating, from, until, sort, .. } = &reviews;
    let filter = format!("{rating:?}/{provider:?}/{}/{}/{sort:?}", from.millis(), until.millis());
    let scope = [caller.id().as_str(), "reviews", filter.as_str()];
    let paging = Paging { limit: query.limit, cursor: query.cursor.clone() };
    let after = paging.position(&integrations.platform.keys, &scope)?;
    let after =
        after.map(|text| ReviewIndexKey::parse(&text).ok_or_else(Problem::internal)).transpose()?;
    let (items, next) =
        list::page(&integrations, &reviews, paging.checked_limit()?, after.as_ref()).await?;
    let next_cursor =
        next.map(|position| seal_cursor(&integrations.platform.keys, &scope, &position.text()));
    Ok(List { items, next_cursor }.reply(&uri))
}

async fn statistics(
    State(integrations): State<Arc<Integrations>>,
    caller: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let item = integrations.platform.store.get(&RatingTotals::key(caller.id())).await?;
    let tally = item
        .map(|item| decode::<RatingTotals>(&item.body))
        .transpose()
        .map_err(StoreError::from)?;
    Ok(Reply::ok(Statistics::of(&tally.unwrap_or_default())).ready().respond(&headers))
}

async fn put(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    Path(id): Path<String>,
    Json(request): Json<ReviewRequest>,
) -> Result<Response, Problem> {
    let recorded = operation::record(&integrations, &id, &request, &Actor::from(&caller)).await?;
    let is_new = recorded.outcome == Outcome::Created;
    let reply = if is_new { Reply::created(recorded) } else { Reply::ok(recorded) };
    Ok(reply.into_response())
}

async fn delete(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    Path(id): Path<String>,
) -> Result<Reply<Removed>, Problem> {
    Ok(Reply::ok(operation::remove(&integrations, &id, &Actor::from(&caller)).await?))
}

const USER: &str = "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB";

fn example() -> Value {
    json!({
        "reviewId": "rev_01JD3Z5K8QW4", "providerId": "prov_812", "providerName": "Bright Plumbing",
        "serviceId": "svc_boiler", "rating": 5, "comment": "On time, and tidy.",
        "createdAt": "2026-01-15T10:00:00.000Z", "updatedAt": "2026-01-16T08:12:00.000Z",
        "response": "Thank you, see you next year!"
    })
}

fn request_example() -> Value {
    let mut example = example();
    if let Some(members) = example.as_object_mut() {
        members.remove("reviewId");
        members.insert("userId".into(), json!(USER));
    }
    example
}

fn statistics_example() -> Value {
    json!({
        "count": 3, "average": 4.67, "distribution": {"1": 0, "2": 0, "3": 0, "4": 1, "5": 2},
        "byMonth": [{"month": "2026-02", "count": 1, "average": 4.0}, {"month": "2026-01", "count": 2, "average": 5.0}]
    })
}
