//! `PUT /auth/profile/username`.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use selfsame_primitives::{Timestamp, Username, input};
use selfsame_web::{Code, Json, Problem, Reply, Route};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::CHANGES;
use super::rule::{self, ChangeUsername};
use crate::{Identity, authentication::SignedIn};

/// Another username.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UsernameWanted")]
struct ChangeUsernameRequest {
    /// The name.
    #[serde(deserialize_with = "input::text")]
    username: Username,
}

/// The username after the change.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UsernameUpdated")]
struct Updated {
    /// The name.
    username: Username,
    /// Since when.
    last_username_updated: Timestamp,
}

async fn put(
    State(identity): State<Arc<Identity>>,
    caller: SignedIn,
    Json(request): Json<ChangeUsernameRequest>,
) -> Result<Reply<Updated>, Problem> {
    let given = change_username(&identity, &caller, request.username).await;
    identity.platform.counters.add(&CHANGES, outcome(&given));
    given.map(|updated| Reply::ok(updated).message("Username updated successfully"))
}

async fn change_username(
    identity: &Identity,
    caller: &SignedIn,
    name: Username,
) -> Result<Updated, Problem> {
    let old = caller.person.account.username.as_ref();
    let command = ChangeUsername {
        user: caller.id().clone(),
        claims: identity.users.username_claims(&name),
        given_up: old.map(|old| identity.users.username_claims(old)).unwrap_or_default(),
        name,
    };
    let decide = |loaded: &_| rule::decide(loaded, &command);
    let at = caller.change(&identity.platform, &command.keys(), decide).await?;
    Ok(Updated { username: command.name, last_username_updated: at })
}

fn outcome(given: &Result<Updated, Problem>) -> &'static str {
    match given.as_ref().map_err(|problem| problem.code) {
        Ok(_) => "changed",
        Err(Code::UsernameCooldown) => "cooldown",
        Err(Code::UsernameTaken) => "taken",
        Err(_) => "failed",
    }
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    vec![
        Route::put("/auth/profile/username", "Get another username", put)
            .describe(
                "Changes the name that others find one by, at most once in 15 days. Names are unique without regard to case and \
                 look-alikes. The old name stays reserved for 30 days: nobody else gets it, and `by-username` sends on from it.",
            )
            .takes::<ChangeUsernameRequest>(json!({"username": "new_username"}))
            .answers::<Updated>(200, "The name is another one from now on.", json!({
                "username": "new_username", "lastUsernameUpdated": "2026-01-31T16:30:00.000Z"
            }))
            .problems(&[Code::UsernameCooldown, Code::UsernameTaken]),
    ]
}
