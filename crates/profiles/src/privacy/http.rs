//! The routes of privacy settings.

use std::sync::Arc;

use std::collections::BTreeMap;

use ::http::HeaderMap;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use selfsame_events::{Changes, EventKind, EventPayload, Loaded};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{
    CachedBody, Code, Detail, Feature, IfMatch, Json, Metric, Problem, Reply, Route,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::rule::{self, PrivacyUpdate};
use crate::Profiles;
use crate::avatar::{self, AvatarBlobRename};
use crate::gallery::{RenamedGalleries, rename_galleries};
use crate::{primary_profile::change, primary_profile::if_match_parameter};
use selfsame_identity::authentication::SignedIn;
use selfsame_users::records::Profile;
use selfsame_users::{visibility::Privacy, visibility::Visibility};

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "privacy",
    promise: "Who sees what: one level per field, in force the moment it is answered.",
    routes,
    events: || vec![EventKind::of::<PrivacyUpdated>()],
    metrics: &[PRIVACY_CHANGES],
    subscribers: &[],
};

const PRIVACY_CHANGES: Metric = Metric::counter(
    "privacy_changes",
    "Changes of who sees a part of a profile, by that part",
    "field",
    &["displayName", "bio", "avatar", "location", "socialLinks", "activityStatus"],
)
.counted_from::<PrivacyUpdated>("/changed");

/// Somebody has changed who sees what.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrivacyUpdated {
    /// Whose settings.
    pub user_id: UserId,
    /// The fields that have changed, with their new level.
    pub changed: BTreeMap<&'static str, Visibility>,
}

impl EventPayload for PrivacyUpdated {
    const TYPE: &'static str = "profile.privacy_updated";
    const SUMMARY: &'static str = "Somebody has changed who sees which part of their profile.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "changed": {"location": "private"}})
    }
}

fn routes() -> Vec<Route<Arc<Profiles>>> {
    let changes = |route: Route<Arc<Profiles>>| {
        if_match_parameter(route)
            .describe("Fields that are absent stay as they are; `null` goes back to the default.")
            .takes::<PrivacyUpdate>(example())
            .takes_as::<PrivacyUpdate>(
                "application/merge-patch+json",
                json!({"location": "private"}),
            )
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

fn ready(profile: &Profile) -> CachedBody {
    Reply::ok(&profile.privacy).ready().versioned(profile.version)
}

async fn put(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    if_match: IfMatch,
    Json(update): Json<PrivacyUpdate>,
) -> Result<Response, Problem> {
    let profile = narrow(&profiles, &caller, &if_match, &update).await?;
    Ok(ready(&profile).respond(&HeaderMap::new()))
}

/// How often the pictures are copied anew because they were replaced concurrently.
const ATTEMPTS: usize = 3;

/// Copies, under new names, of pictures whose visibility is narrowed.
struct RenamedPictures {
    avatar: Option<AvatarBlobRename>,
    galleries: RenamedGalleries,
}

impl RenamedPictures {
    async fn copy(profiles: &Profiles, user: &UserId) -> Result<Self, Problem> {
        Ok(Self {
            avatar: avatar::rename_blobs(profiles, user).await?,
            galleries: rename_galleries(profiles, user).await?,
        })
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        self.avatar.iter().map(AvatarBlobRename::key).chain(self.galleries.keys())
    }

    fn apply(
        &self,
        loaded: &Loaded,
        after: &mut Profile,
        changes: Changes,
    ) -> Result<Changes, Problem> {
        let changes = self.galleries.apply(loaded, changes)?;
        match &self.avatar {
            Some(avatar) => avatar.apply(loaded, after, changes),
            None if after.avatar.is_some() => Err(changed_meanwhile()),
            None => Ok(changes),
        }
    }
}

fn changed_meanwhile() -> Problem {
    Problem::new(Code::Conflict, Detail::PictureChanged)
}

/// Changes the settings. Pictures whose visibility is narrowed, the avatar and those of galleries,
/// get new URLs in the same commit.
async fn narrow(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    update: &PrivacyUpdate,
) -> Result<Profile, Problem> {
    let mut outcome = Err(Problem::internal());
    for _ in 0..ATTEMPTS {
        let hides = hides_avatar(profiles, caller, update).await?;
        let renamed =
            if hides { Some(RenamedPictures::copy(profiles, caller.id()).await?) } else { None };
        outcome = apply(profiles, caller, if_match, update, renamed.as_ref()).await;
        match &outcome {
            Err(problem) if problem.code == Code::Conflict => {}
            _ => break,
        }
    }
    profiles.media.blob_gc.wake();
    outcome
}

/// Decided on the stored settings, since the cache of this node may lack a change of another node.
async fn hides_avatar(
    profiles: &Profiles,
    caller: &SignedIn,
    update: &PrivacyUpdate,
) -> Result<bool, Problem> {
    let item = profiles
        .platform
        .store
        .get(&Profile::key(caller.id()))
        .await?
        .ok_or_else(Problem::not_found)?;
    let before = decode::<Profile>(&item.body).map_err(StoreError::from)?.privacy;
    Ok(rule::updated(&before, update).avatar.is_narrower_than(before.avatar))
}

async fn apply(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    update: &PrivacyUpdate,
    renamed: Option<&RenamedPictures>,
) -> Result<Profile, Problem> {
    let more: Vec<Key> = renamed.iter().flat_map(|renamed| renamed.keys()).cloned().collect();
    change(profiles, caller, if_match, &more, |before, loaded| {
        let privacy = rule::updated(&before.privacy, update);
        let changed = rule::changed(&before.privacy, &privacy);
        if changed.is_empty() {
            return Ok(None);
        }
        let narrower = privacy.avatar.is_narrower_than(before.privacy.avatar);
        let emitted =
            Changes::none().emit(&PrivacyUpdated { user_id: caller.id().clone(), changed });
        let mut after = Profile { privacy, ..before.clone() }.changed(loaded.now());
        match renamed {
            Some(renamed) => {
                let all = renamed.apply(loaded, &mut after, emitted)?;
                Ok(Some((after, all)))
            }
            None if narrower => Err(changed_meanwhile()),
            None => Ok(Some((after, emitted))),
        }
    })
    .await
    .map(|changed| changed.after)
}

fn example() -> Value {
    json!({
        "displayName": "public", "bio": "authenticated", "avatar": "public",
        "location": "private", "socialLinks": "authenticated", "activityStatus": "private"
    })
}
