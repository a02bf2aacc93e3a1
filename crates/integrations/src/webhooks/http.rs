//! The routes of webhooks, for services with the scope and for administrators.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Uri};
use selfsame_web::{
    Access, CheckedFields, Code, FieldChecks, FieldErrors, Fields, IfMatch, Json, List, Paging,
    Problem, Query, Reply, Route, seal_cursor,
};
use serde::Deserialize;
use serde_json::json;

use super::events::{WebhookAction, WebhookManaged};
use super::manage::{self, Change, RetryResult};
use super::recovery::{RecoveryRange, RecoveryResult, recover};
use super::rule::EndpointInput;
use super::view::{
    DeliveryView, EndpointView, EndpointsView, SecretView, delivery_example, endpoint_example,
    secret_example,
};
use crate::Integrations;
use crate::webhook_delivery::Status;
use selfsame_identity::{administrators::Operator, administrators::RecentlyAuthenticatedOperator};

const MANAGE: &str = "webhooks:manage";

impl FieldChecks<Arc<Integrations>> for EndpointInput {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "disabledReason",
        "disabledAt",
        "failingSince",
        "formerSecretUntil",
        "createdAt",
        "updatedAt",
        "version",
    ];

    fn check(integrations: &Arc<Integrations>, fields: &Fields<'_>, faults: &mut FieldErrors) {
        let input = Self {
            url: fields.get("url").unwrap_or_default(),
            description: fields.get("description").unwrap_or_default(),
            event_types: fields.get("eventTypes").unwrap_or_default(),
            enabled: fields.get("enabled").unwrap_or_default(),
        };
        faults.join(
            input.checked(&integrations.webhook_addresses, &integrations.event_catalog.types()),
        );
    }
}

/// Records the act on the webhook `id`, if there is one. It precedes the act, and is refused to an
/// administrator who was suspended or demoted: so no act lacks its record, and none is made without
/// the right (decision 0044).
async fn record_act(
    integrations: &Integrations,
    operator: &Operator,
    id: &str,
    act: WebhookAction,
) -> Result<(), Problem> {
    integrations.webhooks.find(id).await?;
    operator.note(&integrations.identity, &WebhookManaged { webhook_id: id.to_owned(), act }).await
}

async fn list(
    State(integrations): State<Arc<Integrations>>,
    _: Operator,
) -> Result<Reply<EndpointsView>, Problem> {
    Ok(Reply::ok(manage::list(&integrations).await?))
}

async fn create(
    State(integrations): State<Arc<Integrations>>,
    RecentlyAuthenticatedOperator(operator): RecentlyAuthenticatedOperator,
    CheckedFields(input): CheckedFields<EndpointInput>,
) -> Result<Reply<SecretView>, Problem> {
    // It has no id yet under which the act could be recorded before.
    operator.check(&integrations.identity).await?;
    let made = manage::add(&integrations, input).await?;
    if let Err(problem) =
        record_act(&integrations, &operator, &made.endpoint.id, WebhookAction::Created).await
    {
        // The administrator lost the right a moment ago, so the endpoint is removed again. Its
        // secret was not shown.
        manage::remove(&integrations, &made.endpoint.id).await?;
        return Err(problem);
    }
    Ok(Reply::created(made).message("Keep the secret: it is shown only now."))
}

async fn show(
    State(integrations): State<Arc<Integrations>>,
    _: Operator,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = manage::show(&integrations, &id).await?;
    let version = view.version;
    Ok(Reply::ok(view).ready().versioned(version).respond(&headers))
}

async fn update(
    State(integrations): State<Arc<Integrations>>,
    RecentlyAuthenticatedOperator(operator): RecentlyAuthenticatedOperator,
    Path(id): Path<String>,
    is_for: IfMatch,
    CheckedFields(input): CheckedFields<EndpointInput>,
) -> Result<Response, Problem> {
    let change = Change::find(&integrations, &id, input, &is_for).await?;
    record_act(&integrations, &operator, &id, WebhookAction::Updated).await?;
    let view = change.make(&integrations).await?;
    let version = view.version;
    Ok(Reply::ok(view).ready().versioned(version).respond(&HeaderMap::new()))
}

async fn remove(
    State(integrations): State<Arc<Integrations>>,
    RecentlyAuthenticatedOperator(operator): RecentlyAuthenticatedOperator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    record_act(&integrations, &operator, &id, WebhookAction::Removed).await?;
    manage::remove(&integrations, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn rotate(
    State(integrations): State<Arc<Integrations>>,
    RecentlyAuthenticatedOperator(operator): RecentlyAuthenticatedOperator,
    Path(id): Path<String>,
) -> Result<Reply<SecretView>, Problem> {
    record_act(&integrations, &operator, &id, WebhookAction::SecretRotated).await?;
    let view = manage::rotate_secret(&integrations, &id).await?;
    Ok(Reply::ok(view).message(
        "Keep the secret: it is shown only now. The one before is signed with for another day.",
    ))
}

async fn enable(
    State(integrations): State<Arc<Integrations>>,
    RecentlyAuthenticatedOperator(operator): RecentlyAuthenticatedOperator,
    Path(id): Path<String>,
) -> Result<Reply<EndpointView>, Problem> {
    record_act(&integrations, &operator, &id, WebhookAction::Enabled).await?;
    Ok(Reply::ok(manage::enable(&integrations, &id).await?))
}

async fn test(
    State(integrations): State<Arc<Integrations>>,
    operator: Operator,
    Path(id): Path<String>,
) -> Result<Reply<DeliveryView>, Problem> {
    operator.check(&integrations.identity).await?;
    Ok(Reply::ok(manage::test(&integrations, &id, operator.origin().request_id).await?))
}

async fn replay(
    State(integrations): State<Arc<Integrations>>,
    operator: Operator,
    Path((id, event_id)): Path<(String, String)>,
) -> Result<Reply<DeliveryView>, Problem> {
    let again = RetryResult::find(&integrations, &id, &event_id).await?;
    record_act(&integrations, &operator, &id, WebhookAction::Replayed).await?;
    Ok(Reply::ok(again.send(&integrations).await?))
}

async fn replay_all(
    State(integrations): State<Arc<Integrations>>,
    RecentlyAuthenticatedOperator(operator): RecentlyAuthenticatedOperator,
    Path(id): Path<String>,
    Json(span): Json<RecoveryRange>,
) -> Result<Reply<RecoveryResult>, Problem> {
    span.end(&integrations)?;
    record_act(&integrations, &operator, &id, WebhookAction::Replayed).await?;
    Ok(Reply::ok(recover(&integrations, &id, &span).await?))
}

/// The query of the delivery log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliveriesQuery {
    status: Option<Status>,
    #[serde(default, deserialize_with = "selfsame_web::page_limit")]
    limit: Option<u8>,
    cursor: Option<String>,
}

async fn deliveries(
    State(integrations): State<Arc<Integrations>>,
    _: Operator,
    Path(id): Path<String>,
    Query(DeliveriesQuery { status, limit, cursor }): Query<DeliveriesQuery>,
    uri: Uri,
) -> Result<Response, Problem> {
    let paging = Paging { limit, cursor };
    let status_text = serde_json::to_string(&status).unwrap_or_default();
    let scope = ["webhook-deliveries", id.as_str(), status_text.as_str()];
    let after = paging.position(&integrations.platform.keys, &scope)?;
    let page =
        manage::deliveries(&integrations, &id, status, paging.checked_limit()?, after.as_deref())
            .await?;
    let next_cursor =
        page.next.map(|position| seal_cursor(&integrations.platform.keys, &scope, &position));
    Ok(List { items: page.items, next_cursor }.reply(&uri).into_response())
}

const SIGNED: &str = "Events are posted as JSON, signed by the Standard Webhooks: `webhook-id` is the event's id and the same at every \
    try, `webhook-signature` is `v1,` and the HMAC-SHA256 of `id.timestamp.body`. Any status of 2xx is taken for success; anything \
    else, redirects among it, is tried again for three days. 410 disables the endpoint.";

pub(super) fn routes() -> Vec<Route<Arc<Integrations>>> {
    let id = || json!({"type": "string", "examples": ["01JD3Z5K8QW4N6R7T9V2X0Y1AB"]});
    let access = Access::Operator(MANAGE);
    let example_input = || {
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
            .takes::<EndpointInput>(example_input())
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
            .parameter(
                "header",
                "If-Match",
                json!({"type": "string", "examples": ["\"3-Zk3bq0c1N2p4\""]}),
                "Refuses the change with 412 when the webhook has another version by now.",
            )
            .takes::<EndpointInput>(example_input())
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
            .problems(&[Code::NotFound, Code::ReauthenticationRequired]),
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
        Route::post("/internal/v1/webhooks/{id}/replay", "Send again what happened in a time", replay_all)
            .describe("What the log of deliveries holds of the events of that time, whatever became of them: by the endpoint's queue, in order for each user, tried again as ever. Events of the same users that lie between come, too. Up to 1,000 deliveries at a time, the oldest first; `next` says from when on there are more. While the endpoint is disabled they wait.")
            .access(access)
            .parameter("path", "id", id(), "Which webhook.")
            .takes::<RecoveryRange>(json!({"since": "2026-01-31T09:00:00.000Z", "until": "2026-01-31T10:00:00.000Z"}))
            .answers::<RecoveryResult>(200, "What was handed over.", json!({"events": 112, "users": 40, "next": null}))
            .problems(&[Code::Invalid, Code::NotFound, Code::ReauthenticationRequired]),
        Route::post("/internal/v1/webhooks/{id}/deliveries/{eventId}/replay", "Send an event once more", replay)
            .describe("Once and at once, whatever became of it before. Other events of its user are not held up by that.")
            .access(access)
            .parameter("path", "id", id(), "Which webhook.")
            .parameter("path", "eventId", id(), "Which event.")
            .answers::<DeliveryView>(200, "How it went.", delivery_example())
            .problems(&[Code::NotFound, Code::Conflict]),
    ]
}
