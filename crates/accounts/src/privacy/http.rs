//! The routes of privacy settings.

use std::collections::BTreeMap;

use ::http::HeaderMap;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use selfsame_basics::UserId;
use selfsame_events::{EventKind, Fact};
use selfsame_web::{Feature, IfMatch, Json, Problem, Ready, Reply, Route};
use serde::Serialize;
use serde_json::{Value, json};

use super::rule::{self, PrivacyUpdate};
use crate::profile::{Profile, change, if_match_parameter};
use crate::visibility::{Privacy, Visibility};
use crate::{Shared, SignedIn};

/// Who sees what: one level per field, in force the moment it is answered.
pub const FEATURE: Feature<Shared> = Feature {
    name: "privacy",
    promise: "Who sees what: one level per field, in force the moment it is answered.",
    routes,
    events: || vec![EventKind::of::<PrivacyUpdated>()],
    metrics: &[],
};

/// Somebody has changed who sees what.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrivacyUpdated {
    /// Whose settings.
    pub user_id: UserId,
    /// The fields that have changed, with their new level.
    pub changed: BTreeMap<&'static str, Visibility>,
}

impl Fact for PrivacyUpdated {
    const TYPE: &'static str = "profile.privacy_updated";
    const SUMMARY: &'static str = "Somebody has changed who sees which part of their profile.";
}

fn routes() -> Vec<Route<Shared>> {
    let changes = |route: Route<Shared>| {
        if_match_parameter(route)
            .describe("Fields that are absent stay as they are; `null` goes back to the default.")
            .takes::<PrivacyUpdate>(example())
            .takes_as::<PrivacyUpdate>("application/merge-patch+json", json!({"location": "private"}))
            .answers::<Privacy>(200, "The settings after the change.", example())
    };
    vec![
        Route::get("/v1/profile/privacy", "Your privacy settings", get).answers::<Privacy>(
            200,
            "The settings.",
            example(),
        ),
        changes(Route::put("/v1/profile/privacy", "Change your privacy settings", put)),
        changes(Route::patch("/v1/profile/privacy", "Change your privacy settings", put)),
    ]
}

async fn get(caller: SignedIn, headers: HeaderMap) -> Response {
    ready(&caller.person.profile).respond(&headers)
}

fn ready(profile: &Profile) -> Ready {
    Reply::ok(&profile.privacy).ready().versioned(profile.version)
}

async fn put(
    State(app): State<Shared>,
    caller: SignedIn,
    if_match: IfMatch,
    Json(update): Json<PrivacyUpdate>,
) -> Result<Response, Problem> {
    let profile = change(&app, &caller, &if_match, |before, now| {
        let privacy = rule::updated(&before.privacy, &update);
        let changed = rule::changed(&before.privacy, &privacy);
        if changed.is_empty() {
            return Ok(None);
        }
        let told = PrivacyUpdated { user_id: caller.id().clone(), changed };
        Ok(Some((Profile { privacy, ..before.clone() }.changed(now), told)))
    })
    .await?;
    Ok(ready(&profile).respond(&HeaderMap::new()))
}

pub(crate) fn example() -> Value {
    json!({
        "displayName": "public", "bio": "authenticated", "avatar": "public",
        "location": "private", "socialLinks": "authenticated", "activityStatus": "private"
    })
}
