//! The routes of the activity log: list, record, and report.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use http::Uri;
use schemars::JsonSchema;
use selfsame_events::Entry;
use selfsame_primitives::Timestamp;
use selfsame_store::{StoreError, decode};
use selfsame_web::{
    CheckedFields, Code, FieldChecks, FieldErrors, Fields, List, Paging, Problem,
    Query as Parameters, RateLimitPolicy, RateLimitState, Reply, Route, seal_cursor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::filter::{Filter, READ_LIMIT};
use super::record::RecordActivity;
use super::report::{self, Done};
use super::view::ActivityView;
use super::{DISOWNED, ENTRIES_READ, RECORDS};
use crate::Activity;
use selfsame_identity::{authentication::SignedIn, sessions::RecentlyAuthenticated};

const A_MINUTE: RateLimitPolicy = RateLimitPolicy::new("activity", 60, Duration::from_mins(1));
const A_DAY: RateLimitPolicy = RateLimitPolicy::new("activity-day", 1000, Duration::from_hours(24));
/// The largest body, in bytes: 4 kB of data with a summary around them.
const BODY: usize = 8 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivityQuery {
    #[serde(rename = "type")]
    types: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    #[serde(default, deserialize_with = "selfsame_web::page_limit")]
    limit: Option<u8>,
    cursor: Option<String>,
}

async fn list(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    Parameters(query): Parameters<ActivityQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let filter = Filter::new(query.types.as_deref(), query.from, query.to)?;
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let (types, from, to) = (query.types.unwrap_or_default(), time(query.from), time(query.to));
    let scope = [caller.id().as_str(), "activity", &types, &from, &to];
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let position = paging
        .position(&activity.platform.keys, &scope)?
        .and_then(|position| position.parse().ok());
    let found = filter
        .find(&*activity.platform.store, caller.id(), paging.checked_limit()?, position)
        .await?;
    activity
        .platform
        .counters
        .observe(&ENTRIES_READ, u64::try_from(found.entries_read).unwrap_or(u64::MAX));
    let mut items = Vec::with_capacity(found.entries.len());
    for entry in found.entries {
        items.push(view(&activity, &caller, entry).await);
    }
    let next_cursor = found
        .next
        .map(|sequence| seal_cursor(&activity.platform.keys, &scope, &sequence.to_string()));
    Ok(List { items, next_cursor }.reply(&uri))
}

async fn view(activity: &Activity, caller: &SignedIn, entry: Entry) -> ActivityView {
    let ip = match &entry.origin.ip {
        Some(address) => {
            Some(activity.platform.addresses.reveal(caller.id(), address, entry.occurred_at).await)
        }
        None => None,
    };
    ActivityView::of(entry, caller, ip)
}

/// Something that a client wants to write down.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewEntry {
    /// What kind of thing: lower-case names with dots between them, at most 64 characters, none of
    /// this service's own.
    #[serde(rename = "type")]
    kind: String,
    /// What happened, in a short sentence for the person, at most 200 characters.
    summary: Option<String>,
    /// Whatever else belongs to it, at most 4 kB and 32 levels deep.
    #[serde(default)]
    data: Map<String, Value>,
}

impl NewEntry {
    fn checked(self) -> Result<RecordActivity, Problem> {
        RecordActivity::new(self.kind, self.summary.as_deref(), self.data)
    }
}

impl<S> FieldChecks<S> for NewEntry {
    fn check(_: &S, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let new = Self {
            kind: fields.get("type").unwrap_or_default(),
            summary: fields.get("summary"),
            data: fields.get("data").unwrap_or_default(),
        };
        faults.join(new.checked());
    }
}

async fn add(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    CheckedFields(new): CheckedFields<NewEntry>,
) -> Result<(RateLimitState, Reply<ActivityView>), Problem> {
    let added = record(&activity, &caller, new).await;
    let outcome = match added.as_ref().map_err(|problem| problem.code) {
        Ok(_) => "recorded",
        Err(Code::Invalid) => "refused",
        Err(Code::RateLimited) => "throttled",
        Err(_) => "failed",
    };
    activity.platform.counters.add(&RECORDS, outcome);
    added
}

async fn record(
    activity: &Activity,
    caller: &SignedIn,
    new: NewEntry,
) -> Result<(RateLimitState, Reply<ActivityView>), Problem> {
    let record = new.checked()?;
    let user = caller.id();
    let rate_limit =
        activity.platform.rate_limiter.take(A_MINUTE, user, activity.platform.monotonic())?;
    activity.platform.rate_limiter.take(A_DAY, user, activity.platform.monotonic())?;
    let decide = |loaded: &_| record.emit_for(loaded, user, None);
    let sequence = caller.change(&activity.platform, &[], decide).await?;
    let item = activity
        .platform
        .store
        .get(&Entry::key(user, sequence))
        .await?
        .ok_or_else(Problem::internal)?;
    let entry = decode(&item.body).map_err(StoreError::from)?;
    Ok((rate_limit, Reply::created(view(activity, caller, entry).await)))
}

/// What was done, and what is left to do.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Disowned {
    /// Whether the session that did it has ended by this.
    session_ended: bool,
    /// Whether the change was taken back; all sessions have ended then, the one that asks too.
    undone: bool,
    /// What the person should do next, the most urgent first: `reset_password` (by
    /// `POST /auth/password/forgot`), `follow_link` (the one in the mail that told of the change,
    /// which alone takes it back), `change_password`, `end_other_sessions`.
    next_steps: Vec<&'static str>,
}

impl From<Done> for Disowned {
    fn from(done: Done) -> Self {
        let link = done.link.then_some("follow_link");
        let next_steps = if done.undone {
            vec!["reset_password"]
        } else {
            link.into_iter().chain(["change_password", "end_other_sessions"]).collect()
        };
        Self { session_ended: done.session_ended, undone: done.undone, next_steps }
    }
}

async fn report_unrecognized(
    State(activity): State<Arc<Activity>>,
    caller: SignedIn,
    recently: Result<RecentlyAuthenticated, Problem>,
    Path(id): Path<String>,
) -> Result<Reply<Disowned>, Problem> {
    let done = disown_one(&activity, &caller, &id, recently).await;
    let outcome = match done.as_ref().map_err(|problem| problem.code) {
        Ok(Done { undone: true, .. }) => "undone",
        Ok(Done { session_ended: true, .. }) => "session_ended",
        Ok(_) => "advised",
        Err(Code::NotFound | Code::ReauthenticationRequired | Code::RateLimited) => "refused",
        Err(_) => "failed",
    };
    activity.platform.counters.add(&DISOWNED, outcome);
    Ok(Reply::ok(done?.into()))
}

async fn disown_one(
    activity: &Arc<Activity>,
    caller: &SignedIn,
    id: &str,
    recently: Result<RecentlyAuthenticated, Problem>,
) -> Result<Done, Problem> {
    activity.platform.rate_limiter.take(A_MINUTE, caller.id(), activity.platform.monotonic())?;
    let entry = report::find(activity, caller, id).await?;
    report::report_unrecognized(activity, caller, &entry, recently).await
}

fn example() -> Value {
    json!({
        "id": "01JD3Z5K8QW4N6R7T9V2X0Y1AB", "type": "session.created", "occurredAt": "2026-01-31T09:30:00.000Z",
        "summary": "You signed in.", "ip": "203.0.113.7", "device": "Mozilla/5.0 (X11; Linux x86_64) Firefox/147.0",
        "session": "01JD3Z5K8QW4N6R7T9V2X0Y1AC", "current": true, "requestId": "01JD3Z5K8QW4N6R7T9V2X0Y1AD", "source": "account"
    })
}

fn recorded_example() -> Value {
    json!({
        "id": "01JD3Z5K8QW4N6R7T9V2X0Y1AE", "type": "order.placed", "occurredAt": "2026-01-31T09:31:00.000Z",
        "summary": "You ordered two notebooks.", "ip": "203.0.113.7", "device": "ExampleShop/3.1",
        "session": "01JD3Z5K8QW4N6R7T9V2X0Y1AC", "current": true, "requestId": "01JD3Z5K8QW4N6R7T9V2X0Y1AF", "source": "client",
        "data": {"orderId": "4711"}
    })
}

pub(super) fn routes() -> Vec<Route<Arc<Activity>>> {
    let (text, time) =
        (json!({"type": "string"}), json!({"type": "string", "format": "date-time"}));
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20});
    debug_assert_eq!(READ_LIMIT, 500, "the description says so");
    vec![
        Route::get("/v1/account/activity", "What has happened in the account", list)
            .describe(
                "The newest first. One request looks at 500 entries at most, also at those that the filter leaves out: where few \
                 entries fit, a page may have fewer items than asked for, or none, and still a `nextCursor` to go on with. Times are \
                 found by halving, so that asking for last year costs no more than for today. Entries are kept as long as the \
                 operator says (365 days unless changed); addresses are whole for 30 days and networks then.",
            )
            .parameter(
                "query",
                "type",
                text.clone(),
                "Only these: types (`session.created`) and groups (`session`, `user.*`), up to ten with commas between them.",
            )
            .parameter("query", "from", time.clone(), "Not before.")
            .parameter("query", "to", time, "Not after.")
            .parameter("query", "limit", limit, "Items a page.")
            .parameter("query", "cursor", text.clone(), "`nextCursor` of the page before.")
            .answers::<List<ActivityView>>(200, "What has happened.", json!({"items": [example()], "nextCursor": null})),
        Route::post("/v1/account/activity", "Add to the activity", add)
            .describe(
                "Clients write down what a person did with them. The kind must not begin like one of this service's own (`user.`, \
                 `session.`, `security.`, …). At most 60 a minute and 1,000 a day; `activity.recorded` is told.",
            )
            .body_limit(BODY)
            .takes::<NewEntry>(json!({
                "type": "order.placed", "summary": "You ordered two notebooks.", "data": {"orderId": "4711"}
            }))
            .answers::<ActivityView>(201, "It is in the list.", recorded_example())
            .problems(&[Code::RateLimited]),
        Route::post("/v1/account/activity/{eventId}/disown", "Say that it was not you", report_unrecognized)
            .describe(
                "Ends the session that an entry came from, unless it is the one that asks, and says what else to do. A change of the \
                 password, the end of the second factor, or a new passkey is taken back as well, within seven days: the password is \
                 void then, all sessions end, and a new password is chosen by `/auth/password/forgot`; that needs a recent proof of \
                 who asks. Where taking a change back would move the account to another address or take a second factor away, only the link in the \
                 mail that told of it does that.",
            )
            .parameter("path", "eventId", text, "The entry.")
            .answers::<Disowned>(200, "What was done, and what is left to do.", json!({
                "sessionEnded": true, "undone": false, "nextSteps": ["change_password", "end_other_sessions"]
            }))
            .problems(&[Code::NotFound, Code::ReauthenticationRequired, Code::RateLimited]),
    ]
}
