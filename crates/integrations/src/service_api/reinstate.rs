//! Reinstatement of a suspended account.

use std::sync::Arc;

use axum::extract::{Path, State};
use selfsame_identity::actor::Actor;
use selfsame_identity::authentication::ServiceCaller;
use selfsame_identity::suspension::{SuspensionView, reinstate};
use selfsame_web::{Access, Code, Problem, Reply, Route, validation};
use serde_json::json;

use super::suspend::SCOPE;
use crate::Integrations;

pub(super) fn route() -> Route<Arc<Integrations>> {
    let example = json!({"userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB", "status": "active"});
    Route::post("/internal/v1/users/{id}/reinstate", "Let a stopped account work again", post)
        .describe("It is again what it was before it was stopped. Its sessions stay ended. An account that is not stopped stays as it is.")
        .access(Access::Service(SCOPE))
        .parameter("path", "id", validation::user_schema(), "Whose account.")
        .answers::<SuspensionView>(200, "It works again.", example)
        .problems(&[Code::Forbidden, Code::NotFound])
}

async fn post(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    id: Path<String>,
) -> Result<Reply<SuspensionView>, Problem> {
    Ok(Reply::ok(
        reinstate(&integrations.identity, &validation::user(&id)?, &Actor::from(&caller)).await?,
    ))
}
