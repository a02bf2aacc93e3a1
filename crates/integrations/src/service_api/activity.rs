//! Activity of a user with another service, recorded in their log.

use std::sync::Arc;

use axum::extract::{Path, State};
use schemars::JsonSchema;
use selfsame_events::{Changes, Head, Loaded};
use selfsame_primitives::{Timestamp, UserId, stored};
use selfsame_web::{
    Access, CheckedFields, Code, Fault, FieldChecks, FieldErrors, Fields, Metric, Problem, Reply,
    Route,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::idempotency::IdempotentRequest;
use crate::Integrations;
use selfsame_activity::activity_log::RecordActivity;
use selfsame_identity::{actor::Actor, authentication::ServiceCaller};
use selfsame_web::validation;

/// The scope of this route.
pub const SCOPE: &str = "activity:write";
/// The member of an entry's data with the time of the activity, where it differs from that of the
/// recording.
const OCCURRED_AT: &str = "occurredAt";

pub(super) const RECORDED: Metric = Metric::counter(
    "service_activity",
    "Things that users did with other services and that these asked to be noted, by outcome",
    "outcome",
    &["recorded", "repeated", "refused"],
);

/// Something that a user did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActivityRequest {
    /// Names it, whichever service tells of it, e.g. a ULID or UUID: 1 to 128 letters, digits and
    /// `_`, `.`, `:`, `-`. Noted once within thirty days; without it, every time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = validation::NAME_PATTERN))]
    pub event_id: Option<String>,
    /// What it was, in the words of the service: `order.placed`. Not one of the types that are this
    /// service's own.
    #[serde(rename = "type")]
    #[schemars(regex(pattern = r"^[a-z0-9_]+(\.[a-z0-9_]+)*$"), length(max = 64))]
    pub kind: String,
    /// The same as a short sentence for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub summary: Option<String>,
    /// When it has happened, if not now; kept as `occurredAt` of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// Whatever else belongs to it, up to 4,096 bytes as JSON and 32 levels deep.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

impl ActivityRequest {
    fn checked(&self, now: Timestamp) -> Result<RecordActivity, Problem> {
        let mut faults = FieldErrors::default();
        if let Some(id) = &self.event_id {
            faults.check("/eventId", validation::name(id));
        }
        let mut data = self.data.clone();
        if let Some(time) = self.occurred_at {
            faults.check("/occurredAt", validation::past(time, now));
            if data.insert(OCCURRED_AT.to_owned(), json!(time)).is_some() {
                faults.add("/data/occurredAt", Fault::Repeated);
            }
        }
        match faults.join(RecordActivity::new(self.kind.clone(), self.summary.as_deref(), data)) {
            Some(record) => faults.or(record),
            None => Err(Problem::faults(faults.into_vec())),
        }
    }
}

impl FieldChecks<Arc<Integrations>> for ActivityRequest {
    fn check(integrations: &Arc<Integrations>, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let request = Self {
            event_id: fields.get("eventId"),
            kind: fields.get("type").unwrap_or_default(),
            summary: fields.get("summary"),
            occurred_at: fields.get("occurredAt"),
            data: fields.get("data").unwrap_or_default(),
        };
        faults.join(request.checked(integrations.platform.now()));
    }
}

/// It is noted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ActivityNoted")]
pub struct ActivityResponse {
    /// In whose activity.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// Counts the entries of this user: where it is.
    pub sequence: u64,
}

/// Records the activity of `user`, unless the event id is recorded: then the answer is the first
/// one.
pub async fn apply(
    integrations: &Integrations,
    user: &UserId,
    request: &ActivityRequest,
    by: &Actor,
) -> Result<ActivityResponse, Problem> {
    let outcome = record_once(integrations, user, request, by).await;
    let name = match &outcome {
        Ok((_, true)) => "recorded",
        Ok((_, false)) => "repeated",
        Err(_) => "refused",
    };
    integrations.platform.counters.add(&RECORDED, name);
    outcome.map(|(response, _)| response)
}

async fn record_once(
    integrations: &Integrations,
    user: &UserId,
    request: &ActivityRequest,
    by: &Actor,
) -> Result<(ActivityResponse, bool), Problem> {
    let record = request.checked(integrations.platform.now())?;
    let idempotent = |id: &String| {
        IdempotentRequest::new(&integrations.platform.keys, user, ("activity", id), &json!(request))
    };
    let idempotent = request.event_id.as_ref().map(idempotent);
    let keys: Vec<_> = idempotent.iter().map(IdempotentRequest::key).collect();
    let decide = |loaded: &Loaded| {
        if !loaded.has(&Head::key(user))? {
            return Err(Problem::not_found());
        }
        let before =
            idempotent.as_ref().map(|idempotent| idempotent.answer(loaded)).transpose()?.flatten();
        if let Some(answer) = before {
            return Ok((Changes::none(), (answer, false)));
        }
        let (changes, sequence) = record.emit_for(loaded, user, Some(&by.service))?;
        let response = ActivityResponse { user_id: user.clone(), sequence };
        let changes = match &idempotent {
            Some(idempotent) => idempotent.done(changes, json!(response), loaded.now()),
            None => changes,
        };
        Ok((changes, (response, true)))
    };
    by.change(&integrations.platform, user, &keys, decide).await
}

pub(super) fn route() -> Route<Arc<Integrations>> {
    let request = json!({
        "eventId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB", "type": "order.placed", "summary": "Order 1042 placed",
        "occurredAt": "2026-01-31T09:30:00.000Z", "data": {"orderId": "1042"}
    });
    Route::post("/internal/v1/users/{id}/activity", "Note what a user did", post)
        .describe("Adds an entry to the user's activity, which says that this service noted it. Once for each `eventId`, remembered for thirty days: the same again adds nothing and is answered as the first time.")
        .access(Access::Service(SCOPE))
        .parameter("path", "id", validation::user_schema(), "In whose activity.")
        .takes::<ActivityRequest>(request)
        .answers::<ActivityResponse>(200, "It is noted.", json!({"userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB", "sequence": 42}))
        .problems(&[Code::Forbidden, Code::NotFound, Code::IdempotencyMismatch])
}

async fn post(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    id: Path<String>,
    CheckedFields(request): CheckedFields<ActivityRequest>,
) -> Result<Reply<ActivityResponse>, Problem> {
    Ok(Reply::ok(
        apply(&integrations, &validation::user(&id)?, &request, &Actor::from(&caller)).await?,
    ))
}
