//! The counts of a user, which only services change.

use std::sync::Arc;

use axum::extract::{Path, State};
use schemars::JsonSchema;
use selfsame_events::{Changes, Head, Loaded};
use selfsame_primitives::{UserId, stored};
use selfsame_web::{
    Access, CheckedFields, Code, Fault, FieldChecks, FieldErrors, Fields, Metric, Problem, Reply,
    Route,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::idempotency::IdempotentRequest;
use crate::Integrations;
use selfsame_identity::{actor::Actor, authentication::ServiceCaller};
use selfsame_users::records::Stats;
use selfsame_web::validation;

/// The scope of this route.
pub const SCOPE: &str = "stats:write";
/// The largest change of one event.
const LARGEST: i64 = 1_000_000_000;
/// The largest count: the largest integer that JavaScript represents exactly.
const MOST: u64 = (1 << 53) - 1;

pub(super) const EVENTS: Metric = Metric::counter(
    "stats_events",
    "Events that services asked to be counted in the numbers of users, by outcome",
    "outcome",
    &["counted", "repeated", "refused"],
);

/// What one event adds to the numbers of a user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatsRequest {
    /// Names the event, whichever service tells of it, e.g. a ULID or UUID: 1 to 128 letters,
    /// digits and `_`, `.`, `:`, `-`. Counted once within thirty days.
    #[schemars(regex(pattern = validation::NAME_PATTERN))]
    pub event_id: String,
    /// What it adds; what is negative is taken away.
    pub increments: Increments,
}

impl StatsRequest {
    fn faults(&self) -> FieldErrors {
        let mut faults = FieldErrors::default();
        faults.check("/eventId", validation::name(&self.event_id));
        self.increments.check(&mut faults);
        faults
    }
}

impl<S> FieldChecks<S> for StatsRequest {
    fn check(_: &S, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let request = Self {
            event_id: fields.get("eventId").unwrap_or_default(),
            increments: fields.get("increments").unwrap_or_default(),
        };
        faults.extend(request.faults().into_vec());
    }
}

/// By how much each number grows or shrinks; those that are absent stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Increments {
    /// Posts written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts_count: Option<i64>,
    /// Likes received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes_received: Option<i64>,
    /// Comments written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments_count: Option<i64>,
    /// People who follow them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers_count: Option<i64>,
    /// People they follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub following_count: Option<i64>,
}

impl Increments {
    fn named(&self) -> [(&'static str, Option<i64>); 5] {
        [
            ("postsCount", self.posts_count),
            ("likesReceived", self.likes_received),
            ("commentsCount", self.comments_count),
            ("followersCount", self.followers_count),
            ("followingCount", self.following_count),
        ]
    }

    fn check(&self, faults: &mut FieldErrors) {
        if *self == Self::default() {
            faults.add("/increments", Fault::TooFew { min: 1 });
        }
        for (name, by) in self.named() {
            if by.is_some_and(|by| by.unsigned_abs() > LARGEST.unsigned_abs()) {
                faults.add(
                    format!("/increments/{name}"),
                    Fault::OutOfRange { min: -LARGEST, max: LARGEST.unsigned_abs() },
                );
            }
        }
    }

    fn add_to(&self, stats: &Stats) -> Result<Stats, Problem> {
        let (mut faults, mut sums) = (FieldErrors::default(), stats.clone());
        let numbers = [
            &mut sums.posts_count,
            &mut sums.likes_received,
            &mut sums.comments_count,
            &mut sums.followers_count,
            &mut sums.following_count,
        ];
        for (number, (name, by)) in numbers.into_iter().zip(self.named()) {
            let sum = number.checked_add_signed(by.unwrap_or(0));
            match sum.filter(|sum| sum <= number || *sum <= MOST) {
                Some(sum) => *number = sum,
                None => {
                    faults.add(format!("/increments/{name}"), Fault::DoesNotAdd { now: *number });
                }
            }
        }
        // The request is well-formed; the stored counts do not allow it.
        faults.or(sums).map_err(|problem| Problem { code: Code::Conflict, ..problem })
    }
}

/// An event was counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatsResponse {
    /// Whose numbers.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// The event.
    pub event_id: String,
    /// The numbers once it was counted; when it comes again, those of that time.
    pub stats: Stats,
}

/// Counts an event of `user`, unless it is counted: then the answer is the first one.
pub async fn apply(
    integrations: &Integrations,
    user: &UserId,
    request: &StatsRequest,
    by: &Actor,
) -> Result<StatsResponse, Problem> {
    let outcome = count(integrations, user, request, by).await;
    let name = match &outcome {
        Ok((_, true)) => "counted",
        Ok((_, false)) => "repeated",
        Err(_) => "refused",
    };
    integrations.platform.counters.add(&EVENTS, name);
    outcome.map(|(counted, _)| counted)
}

async fn count(
    integrations: &Integrations,
    user: &UserId,
    request: &StatsRequest,
    by: &Actor,
) -> Result<(StatsResponse, bool), Problem> {
    let StatsRequest { event_id, increments } = request;
    request.faults().or(())?;
    let idempotent = IdempotentRequest::new(
        &integrations.platform.keys,
        user,
        ("stats", event_id),
        &json!(increments),
    );
    let key = Stats::key(user);
    let decide = |loaded: &Loaded| {
        if !loaded.has(&Head::key(user))? {
            return Err(Problem::not_found());
        }
        if let Some(answer) = idempotent.answer(loaded)? {
            return Ok((Changes::none(), (answer, false)));
        }
        let stats = increments.add_to(&loaded.get::<Stats>(&key)?.unwrap_or_default())?;
        let changes = Changes::none().put(key.clone(), &stats);
        let counted = StatsResponse { user_id: user.clone(), event_id: event_id.clone(), stats };
        Ok((idempotent.done(changes, json!(counted), loaded.now()), (counted, true)))
    };
    by.change(&integrations.platform, user, &[key.clone(), idempotent.key()], decide).await
}

pub(super) fn route() -> Route<Arc<Integrations>> {
    let example = json!({
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB", "eventId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "stats": {"postsCount": 43, "likesReceived": 156, "commentsCount": 89, "followersCount": 0, "followingCount": 0}
    });
    Route::post("/internal/v1/users/{id}/stats", "Count something in a user's numbers", post)
        .describe("Once for each `eventId`, remembered for thirty days: the same event again changes nothing and is answered as the first time. No number gets below 0; an event that would bring one there is refused whole, and may be sent again later.")
        .access(Access::Service(SCOPE))
        .parameter("path", "id", validation::user_schema(), "Whose numbers.")
        .takes::<StatsRequest>(json!({"eventId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB", "increments": {"postsCount": 1, "likesReceived": 3}}))
        .answers::<StatsResponse>(200, "It is counted.", example)
        .problems(&[Code::Forbidden, Code::NotFound, Code::Conflict, Code::IdempotencyMismatch])
}

async fn post(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    id: Path<String>,
    CheckedFields(request): CheckedFields<StatsRequest>,
) -> Result<Reply<StatsResponse>, Problem> {
    Ok(Reply::ok(
        apply(&integrations, &validation::user(&id)?, &request, &Actor::from(&caller)).await?,
    ))
}
