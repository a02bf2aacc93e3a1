//! Managing webhooks, for services with the scope and for administrators.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Uri};
use selfsame_web::{Access, Code, IfMatch, Json, List, Paging, Problem, Query, Reply, Route, seal_cursor};
use serde::Deserialize;
use serde_json::json;

use super::fact::{Act, WebhookManaged};
use super::record::{Endpoint, Status};
use super::rule::Wanted;
use super::view::{
    DeliveryView, EndpointView, EndpointsView, SecretView, delivery_example, endpoint_example, secret_example,
};
use crate::operators::{Operator, RecentOperator};
use crate::{App, FEATURES, Shared};

const MANAGE: &str = "webhooks:manage";

fn known_types() -> Vec<&'static str> {
    FEATURES.iter().flat_map(|feature| (feature.events)()).map(|kind| kind.name).collect()
}

async fn shown(app: &App, endpoint: Endpoint) -> Result<EndpointView, Problem> {
    let since = app.webhooks.failing().await?.get(&endpoint.id).copied();
    Ok(EndpointView::of(endpoint, since, app.now()))
}

async fn note(app: &App, operator: &Operator, id: &str, act: Act) -> Result<(), Problem> {
    operator.note(app, &WebhookManaged { webhook_id: id.to_owned(), act }).await
}

async fn list(State(app): State<Shared>, operator: Operator) -> Result<Reply<EndpointsView>, Problem> {
    operator.require(MANAGE)?;
    let (all, failing) = (app.webhooks.all().await?, app.webhooks.failing().await?);
    let view = |endpoint: Endpoint| {
        let since = failing.get(&endpoint.id).copied();
        EndpointView::of(endpoint, since, app.now())
    };
    let items = all.into_iter().map(view).collect();
    Ok(Reply::ok(EndpointsView { items, known_types: known_types() }))
}

async fn create(
    State(app): State<Shared>,
    RecentOperator(operator): RecentOperator,
    Json(wanted): Json<Wanted>,
) -> Result<Reply<SecretView>, Problem> {
    operator.require(MANAGE)?;
    let wanted = wanted.check(&app.settings.webhooks, &known_types())?;
    let (endpoint, secret) = app.webhooks.create(wanted).await?;
    note(&app, &operator, &endpoint.id, Act::Created).await?;
    let view = SecretView::of(shown(&app, endpoint).await?, &secret);
    Ok(Reply::created(view).message("Keep the secret: it is shown only now."))
}

async fn show(
    State(app): State<Shared>,
    operator: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    operator.require(MANAGE)?;
    let endpoint = app.webhooks.find(&id).await?;
    let version = endpoint.version;
    Ok(Reply::ok(shown(&app, endpoint).await?).ready().versioned(version).respond(&headers))
}

async fn update(
    State(app): State<Shared>,
    RecentOperator(operator): RecentOperator,
    Path(id): Path<String>,
    is_for: IfMatch,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    operator.require(MANAGE)?;
    let wanted = wanted.check(&app.settings.webhooks, &known_types())?;
    let endpoint = app.webhooks.update(&id, &wanted, &is_for).await?;
    note(&app, &operator, &id, Act::Updated).await?;
    let version = endpoint.version;
    let ready = Reply::ok(shown(&app, endpoint).await?).ready().versioned(version);
    Ok(ready.respond(&HeaderMap::new()))
}

async fn remove(
    State(app): State<Shared>,
    RecentOperator(operator): RecentOperator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    operator.require(MANAGE)?;
    app.webhooks.remove(&id).await?;
    note(&app, &operator, &id, Act::Removed).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn rotate(
    State(app): State<Shared>,
    RecentOperator(operator): RecentOperator,
    Path(id): Path<String>,
) -> Result<Reply<SecretView>, Problem> {
    operator.require(MANAGE)?;
    let (endpoint, secret) = app.webhooks.rotate(&id).await?;
    note(&app, &operator, &id, Act::SecretRotated).await?;
    let view = SecretView::of(shown(&app, endpoint).await?, &secret);
    Ok(Reply::ok(view)
        .message("Keep the secret: it is shown only now. The one before is signed with for another day."))
}

async fn enable(
    State(app): State<Shared>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Reply<EndpointView>, Problem> {
    operator.require(MANAGE)?;
    let endpoint = app.webhooks.enable(&id).await?;
    note(&app, &operator, &id, Act::Enabled).await?;
    Ok(Reply::ok(shown(&app, endpoint).await?))
}

async fn test(
    State(app): State<Shared>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Reply<DeliveryView>, Problem> {
    operator.require(MANAGE)?;
    let endpoint = app.webhooks.find(&id).await?;
    let request_id = operator.origin().request_id;
    Ok(Reply::ok(app.webhooks.test(&endpoint, request_id).await?.into()))
}

async fn replay(
    State(app): State<Shared>,
    operator: Operator,
    Path((id, event_id)): Path<(String, String)>,
) -> Result<Reply<DeliveryView>, Problem> {
    operator.require(MANAGE)?;
    let endpoint = app.webhooks.find(&id).await?;
    let before = app.webhooks.delivery(&id, &event_id).await?.ok_or_else(Problem::not_found)?;
    let event =
        app.webhooks.event_of(&before).await?.ok_or_else(|| {
            Problem::new(Code::Conflict, "There is no such event any more, or it was a test.")
        })?;
    note(&app, &operator, &id, Act::Replayed).await?;
    Ok(Reply::ok(app.webhooks.replay(&endpoint, &event, &before).await?.into()))
}

/// Which deliveries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    status: Option<Status>,
    limit: Option<u8>,
    cursor: Option<String>,
}

async fn deliveries(
    State(app): State<Shared>,
    operator: Operator,
    Path(id): Path<String>,
    Query(Asked { status, limit, cursor }): Query<Asked>,
    uri: Uri,
) -> Result<Response, Problem> {
    operator.require(MANAGE)?;
    app.webhooks.find(&id).await?;
    let paging = Paging { limit, cursor };
    let wanted = serde_json::to_string(&status).unwrap_or_default();
    let scope = ["webhook-deliveries", id.as_str(), wanted.as_str()];
    let after = paging.position(&app.keys, &scope)?;
    let page = app.webhooks.deliveries(&id, status, paging.checked_limit()?, after.as_deref()).await?;
    let items = page.deliveries.into_iter().map(DeliveryView::from).collect();
    let next_cursor = page.next.map(|position| seal_cursor(&app.keys, &scope, &position));
    Ok(List { items, next_cursor }.reply(&uri).into_response())
}

const SIGNED: &str = "Events are posted as JSON, signed by the Standard Webhooks: `webhook-id` is the event's id and the same at every \
    try, `webhook-signature` is `v1,` and the HMAC-SHA256 of `id.timestamp.body`. Any status of 2xx is taken for success; anything \
    else, redirects among it, is tried again for three days. 410 disables the endpoint.";

pub(super) fn routes() -> Vec<Route<Shared>> {
    let id = || json!({"type": "string", "examples": ["01JD3Z5K8QW4N6R7T9V2X0Y1AB"]});
    let access = Access::Operator(MANAGE);
    let wanted = || {
        json!({
            "url": "https://example.org/hooks/selfsame", "description": "Search index",
            "eventTypes": ["profile.*", "user.deleted"]
        })
    };
    let list_example =
        json!({"items": [endpoint_example()], "knownTypes": ["profile.updated", "user.deleted"]});
    let log_example = json!({"items": [delivery_example()], "nextCursor": null});
    vec![
        Route::get("/internal/v1/webhooks", "All webhooks", list)
            .access(access)
            .answers::<EndpointsView>(200, "The endpoints, and the types of events that there are.", list_example),
        Route::post("/internal/v1/webhooks", "Make a webhook", create)
            .describe(SIGNED)
            .access(access)
            .takes::<Wanted>(wanted())
            .answers::<SecretView>(201, "The endpoint with its secret, which is shown only now.", secret_example())
            .problems(&[Code::Invalid, Code::Conflict, Code::ReauthenticationRequired]),
        Route::get("/internal/v1/webhooks/{id}", "A webhook", show)
            .access(access)
            .parameter("path", "id", id(), "Which.")
            .answers::<EndpointView>(200, "The endpoint.", endpoint_example())
            .problems(&[Code::NotFound]),
        Route::patch("/internal/v1/webhooks/{id}", "Change a webhook", update)
            .access(access)
            .parameter("path", "id", id(), "Which.")
            .takes::<Wanted>(wanted())
            .answers::<EndpointView>(200, "The endpoint from now on.", endpoint_example())
            .problems(&[
                Code::Invalid, Code::NotFound, Code::VersionConflict, Code::ReauthenticationRequired,
            ]),
        Route::delete("/internal/v1/webhooks/{id}", "Remove a webhook", remove)
            .describe("What waits for it is not sent any more.")
            .access(access)
            .parameter("path", "id", id(), "Which.")
            .answers_bare(204, "Removed.", None)
            .problems(&[Code::NotFound, Code::ReauthenticationRequired]),
        Route::post("/internal/v1/webhooks/{id}/rotate-secret", "Replace the secret of a webhook", rotate)
            .describe("For 24 hours there is a signature by the secret before, too, so that the receiver has time to take over the new one.")
            .access(access)
            .parameter("path", "id", id(), "Which.")
            .answers::<SecretView>(200, "The endpoint with its new secret, which is shown only now.", secret_example())
            .problems(&[Code::NotFound, Code::ReauthenticationRequired]),
        Route::post("/internal/v1/webhooks/{id}/enable", "Enable a webhook", enable)
            .describe("What was waiting when it was disabled is sent at once, and so is what waits for its next try; what has happened while it was disabled was not kept for it.")
            .access(access)
            .parameter("path", "id", id(), "Which.")
            .answers::<EndpointView>(200, "The endpoint.", endpoint_example())
            .problems(&[Code::NotFound]),
        Route::post("/internal/v1/webhooks/{id}/test", "Send a test to a webhook", test)
            .describe("Sends `webhook.test`, which is about no user, once and at once, also where the endpoint is disabled.")
            .access(access)
            .parameter("path", "id", id(), "Which.")
            .answers::<DeliveryView>(200, "How it went.", delivery_example())
            .problems(&[Code::NotFound]),
        Route::get("/internal/v1/webhooks/{id}/deliveries", "Deliveries to a webhook", deliveries)
            .describe("Those of the last 30 days, the newest events first. A page may be empty although there is another one.")
            .access(access)
            .parameter("path", "id", id(), "Which webhook.")
            .parameter("query", "status", json!({"type": "string", "enum": ["delivered", "waiting", "failed"]}), "Only those.")
            .parameter("query", "limit", json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}), "At most so many.")
            .parameter("query", "cursor", json!({"type": "string"}), "The `nextCursor` of the page before.")
            .answers::<List<DeliveryView>>(200, "The deliveries.", log_example)
            .problems(&[Code::Invalid, Code::NotFound]),
        Route::post("/internal/v1/webhooks/{id}/deliveries/{eventId}/replay", "Send an event once more", replay)
            .describe("Once and at once, whatever became of it before. Other events of its user are not held up by that.")
            .access(access)
            .parameter("path", "id", id(), "Which webhook.")
            .parameter("path", "eventId", id(), "Which event.")
            .answers::<DeliveryView>(200, "How it went.", delivery_example())
            .problems(&[Code::NotFound, Code::Conflict]),
    ]
}
