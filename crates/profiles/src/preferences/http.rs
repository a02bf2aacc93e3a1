//! The routes of preferences.

use crate::Profiles;
use std::sync::Arc;

use ::http::HeaderMap;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use selfsame_events::{Changes, EventKind, EventPayload};
use selfsame_primitives::UserId;
use selfsame_web::{CachedBody, Feature, IfMatch, Json, Problem, Reply, Route};
use serde::Serialize;
use serde_json::{Value, json};

use super::rule::{self, PreferencesUpdate};
use crate::{primary_profile::change, primary_profile::if_match_parameter};
use selfsame_identity::authentication::SignedIn;
use selfsame_users::records::Preferences;
use selfsame_users::records::Profile;

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "preferences",
    promise: "How the person wants things to be: theme, language, notifications, and what others may do.",
    routes,
    events: || vec![EventKind::of::<PreferencesUpdated>()],
    metrics: &[],
    subscribers: &[],
};

/// Somebody has changed their preferences.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreferencesUpdated {
    /// Whose preferences.
    pub user_id: UserId,
    /// The names of the parts that have changed.
    pub changed: Vec<&'static str>,
}

impl EventPayload for PreferencesUpdated {
    const TYPE: &'static str = "profile.preferences_updated";
    const SUMMARY: &'static str = "Somebody has changed their preferences.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "changed": ["theme", "notifications"]})
    }
}

fn routes() -> Vec<Route<Arc<Profiles>>> {
    let changes = |route: Route<Arc<Profiles>>| {
        if_match_parameter(route)
            .describe("Fields that are absent stay as they are; `null` goes back to the default.")
            .takes::<PreferencesUpdate>(example())
            .takes_as::<PreferencesUpdate>("application/merge-patch+json", json!({"theme": "dark"}))
            .answers::<Preferences>(200, "The preferences after the change.", example())
    };
    vec![
        Route::get("/v1/profile/preferences", "Your preferences", get).answers::<Preferences>(
            200,
            "The preferences.",
            example(),
        ),
        changes(Route::put("/v1/profile/preferences", "Change your preferences", put)),
        changes(Route::patch("/v1/profile/preferences", "Change your preferences", put)),
    ]
}

async fn get(caller: SignedIn, headers: HeaderMap) -> Response {
    ready(&caller.person.profile).respond(&headers)
}

fn ready(profile: &Profile) -> CachedBody {
    Reply::ok(&profile.preferences).ready().versioned(profile.version)
}

async fn put(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    if_match: IfMatch,
    Json(update): Json<PreferencesUpdate>,
) -> Result<Response, Problem> {
    let changed = change(&profiles, &caller, &if_match, &[], |before, loaded| {
        let preferences = rule::updated(&before.preferences, &update);
        let changed = rule::changed(&before.preferences, &preferences);
        if changed.is_empty() {
            return Ok(None);
        }
        let payload = PreferencesUpdated { user_id: caller.id().clone(), changed };
        let after = Profile { preferences, ..before.clone() }.changed(loaded.now());
        Ok(Some((after, Changes::none().emit(&payload))))
    })
    .await?;
    Ok(ready(&changed.after).respond(&HeaderMap::new()))
}

fn example() -> Value {
    json!({
        "theme": "dark", "language": "en",
        "notifications": {"email": true, "push": false, "inApp": true},
        "privacy": {"showOnlineStatus": false, "allowDirectMessages": true, "showReadReceipts": true}
    })
}
