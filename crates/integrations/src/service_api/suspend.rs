//! Suspension of an account: no sign-in, and no profile for others.

use std::sync::Arc;

use axum::extract::{Path, State};
use selfsame_identity::actor::Actor;
use selfsame_identity::authentication::ServiceCaller;
use selfsame_identity::suspension::{SuspendRequest, SuspensionView, suspend};
use selfsame_web::{Access, Code, Json, Problem, Reply, Route, validation};
use serde_json::json;

use crate::Integrations;

/// The scope to suspend and to reinstate.
pub const SCOPE: &str = "users:suspend";

pub(super) fn route() -> Route<Arc<Integrations>> {
    let example = json!({
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB", "status": "suspended", "reason": "Spam in three rooms",
        "service": "moderation", "suspendedAt": "2026-01-31T09:30:00.000Z"
    });
    Route::post("/internal/v1/users/{id}/suspend", "Stop an account", post)
        .describe("All sessions end at once, nobody can sign in, and to others there is no such user. The reason is kept for services and operators and told to nobody. An account that is stopped already stays as it is, with the reason of then.")
        .access(Access::Service(SCOPE))
        .parameter("path", "id", validation::user_schema(), "Whose account.")
        .takes::<SuspendRequest>(json!({"reason": "Spam in three rooms"}))
        .answers::<SuspensionView>(200, "It is stopped.", example)
        .problems(&[Code::Forbidden, Code::NotFound, Code::Conflict])
}

async fn post(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    id: Path<String>,
    Json(request): Json<SuspendRequest>,
) -> Result<Reply<SuspensionView>, Problem> {
    Ok(Reply::ok(
        suspend(&integrations.identity, &validation::user(&id)?, &request, &Actor::from(&caller))
            .await?,
    ))
}
