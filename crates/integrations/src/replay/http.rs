//! The routes of dead letters and replays.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::Uri;
use selfsame_web::{Access, Code, Json, List, Paging, Problem, Query, Reply, Route, seal_cursor};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{DeadLetterView, ReplayRequest, ReplayResponse, list_dead_letters, replay};
use crate::Integrations;
use selfsame_identity::authentication::ServiceCaller;

const SCOPE: &str = "events:replay";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    sink: Option<String>,
    #[serde(default, deserialize_with = "selfsame_web::page_limit")]
    limit: Option<u8>,
    cursor: Option<String>,
}

async fn list(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    uri: Uri,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let sink = filter.sink;
    let paging = Paging { limit: filter.limit, cursor: filter.cursor };
    let scope = ["events/dead", &caller.token.id, sink.as_deref().unwrap_or_default()];
    let (limit, position) =
        (paging.checked_limit()?, paging.position(&integrations.platform.keys, &scope)?);
    let after = position.as_deref().and_then(|position| position.split_once('/'));
    let mut items = list_dead_letters(&integrations, sink.as_deref(), after, limit + 1).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| {
        seal_cursor(
            &integrations.platform.keys,
            &scope,
            &format!("{}/{}", last.sink, last.event_id),
        )
    });
    Ok(List { items, next_cursor }.reply(&uri))
}

async fn again(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    Json(request): Json<ReplayRequest>,
) -> Result<Reply<ReplayResponse>, Problem> {
    let who = format!("service {} ({})", caller.token.name, caller.token.id);
    Ok(Reply::ok(replay(&integrations, &request, &who).await?))
}

fn example() -> Value {
    json!({
        "sink": "file", "eventId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AC", "eventType": "profile.updated",
        "subject": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "sequence": 12,
        "occurredAt": "2027-01-15T08:00:00.000Z", "givenUpAt": "2027-01-18T09:12:44.000Z",
        "reason": "no answer within 30s",
    })
}

pub(super) fn routes() -> Vec<Route<Arc<Integrations>>> {
    let sink = json!({"type": "string", "examples": ["file"]});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20});
    vec![
        Route::get("/internal/v1/events/dead", "Events that were given up", list)
        .describe("After three days of failures, or where a sink says that an event will never do, it is kept here until it is replayed.")
        .access(Access::Service(SCOPE))
        .parameter("query", "sink", sink, "Whose; without this, everybody's.")
        .parameter("query", "limit", limit, "At most so many.")
        .parameter("query", "cursor", json!({"type": "string"}), "`nextCursor` of the page before.")
        .answers::<List<DeadLetterView>>(200, "The oldest first, sink by sink.", json!({"items": [example()], "nextCursor": null}))
        .problems(&[Code::Forbidden]),
        Route::post("/internal/v1/events/replay", "Deliver events again", again)
            .describe("All that a sink gave up (`dead`), some of it (`events`), or any range of a user's events (`user`, `from`, `until`). They come in order, each at least once, with the ids they had.")
            .access(Access::Service(SCOPE))
            .takes::<ReplayRequest>(json!({"sink": "file", "user": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "from": 3, "until": 9}))
            .answers::<ReplayResponse>(200, "What was handed over.", json!({"events": 7, "users": 1}))
            .problems(&[Code::Forbidden]),
    ]
}
