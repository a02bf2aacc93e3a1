//! The routes for other services.

use crate::Integrations;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use selfsame_events::EventKind;
use selfsame_primitives::AliasId;
use selfsame_web::{Access, CheckedFields, Code, Feature, Problem, Query, Reply, Route};
use serde_json::json;

use super::activity;
use super::alias::{self, AliasBearer, AliasResolved};
use super::badges::{self, BadgesUpdated};
use super::profiles::{Batch, BatchRequest, Profiles};
use super::reinstate;
use super::stats;
use super::suspend;
use super::users::{self, FoundUser, UserQuery};
use selfsame_identity::authentication::ServiceCaller;
use selfsame_identity::suspension::{UserReinstated, UserSuspended};

/// The feature.
pub const FEATURE: Feature<Arc<Integrations>> = Feature {
    name: "service",
    promise: "What other services may ask, each within the scopes of its token.",
    routes,
    events: || {
        vec![
            EventKind::of::<AliasResolved>(),
            EventKind::of::<BadgesUpdated>(),
            EventKind::of::<UserSuspended>(),
            EventKind::of::<UserReinstated>(),
        ]
    },
    metrics: &[stats::EVENTS, activity::RECORDED],
    subscribers: &[],
};

const PROFILES: &str = "profiles:read";
const RESOLVE: &str = "alias:resolve";
const USERS: &str = "users:read";

fn routes() -> Vec<Route<Arc<Integrations>>> {
    let alias_id = json!({"type": "string", "examples": ["alias_aB3cD4eF5gH6"]});
    let email = json!({"type": "string", "format": "email", "examples": ["john@example.org"]});
    let username = json!({"type": "string", "maxLength": 30, "examples": ["john"]});
    vec![
        Route::post("/internal/v1/profiles/batch", "Many profiles at once", profiles)
            .describe("Up to 100 profiles as the viewer may see them. The caller answers for naming the right viewer. Users who do not exist, are suspended or have left are absent.")
            .access(Access::Service(PROFILES))
            .takes::<BatchRequest>(json!({"userIds": ["usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB"], "viewer": "authenticated"}))
            .answers::<Profiles<'_>>(200, "The profiles by user id.", profiles_example())
            .problems(&[Code::Forbidden]),
        Route::get("/internal/v1/aliases/{aliasId}", "Who is behind an alias", resolve)
            .describe("Every look-up is written into the activity of the user, and into a log for operators that outlives the user, before it is answered.")
            .access(Access::Service(RESOLVE))
            .parameter("path", "aliasId", alias_id, "Which alias.")
            .answers::<AliasBearer>(200, "Who it is.", bearer_example())
            .problems(&[Code::Forbidden, Code::NotFound]),
        Route::get("/internal/v1/users", "A user by email address or username", find)
            .access(Access::Service(USERS))
            .parameter("query", "email", email, "The email address; this or the username.")
            .parameter("query", "username", username, "The username; this or the email address.")
            .answers::<FoundUser>(200, "The user.", user_example())
            .problems(&[Code::Forbidden, Code::NotFound]),
        badges::route(),
        stats::route(),
        activity::route(),
        suspend::route(),
        reinstate::route(),
    ]
}

async fn profiles(
    State(integrations): State<Arc<Integrations>>,
    _: ServiceCaller,
    CheckedFields(request): CheckedFields<BatchRequest>,
) -> Result<Response, Problem> {
    let batch = Batch::load(&integrations, &request).await?;
    Ok(Reply::ok(batch.view(&integrations)).into_response())
}

async fn resolve(
    State(integrations): State<Arc<Integrations>>,
    caller: ServiceCaller,
    Path(id): Path<String>,
) -> Result<Reply<AliasBearer>, Problem> {
    let id = AliasId::parse(&id).map_err(|_| Problem::not_found())?;
    Ok(Reply::ok(alias::resolved(&integrations, &caller, id).await?))
}

async fn find(
    State(integrations): State<Arc<Integrations>>,
    _: ServiceCaller,
    Query(query): Query<UserQuery>,
) -> Result<Reply<FoundUser>, Problem> {
    Ok(Reply::ok(users::found(&integrations, &query).await?))
}

fn profiles_example() -> serde_json::Value {
    json!({"profiles": {"usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB": {
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "username": "john",
        "displayName": "John Doe",
        "avatar": "https://id.example.org/v1/avatars/usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB.svg",
        "interests": [], "skills": [], "badges": [],
        "stats": {
            "postsCount": 42, "likesReceived": 156, "commentsCount": 89, "followersCount": 0, "followingCount": 0,
            "joinedAt": "2026-01-15T10:00:00.000Z"
        }
    }}})
}

fn bearer_example() -> serde_json::Value {
    json!({
        "aliasId": "alias_aB3cD4eF5gH6",
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "displayName": "Anonymous_Panda_789",
        "context": "chat_room_123",
        "contextType": "chat_room",
        "createdAt": "2026-09-29T10:00:00.000Z",
        "expiresAt": "2026-10-29T10:00:00.000Z",
        "isActive": true
    })
}

fn user_example() -> serde_json::Value {
    json!({
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "username": "john",
        "email": "john@example.org",
        "emailVerified": true,
        "status": "active",
        "createdAt": "2026-01-15T10:00:00.000Z"
    })
}
