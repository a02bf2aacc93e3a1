//! The routes of profiles.

use crate::Profiles;
use std::sync::Arc;

use ::http::{HeaderMap, StatusCode};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use selfsame_events::{Changes, EventKind, Loaded, Status};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_web::{
    Access, CachedBody, Checked, CheckedFields, Client, Code, Detail, Feature, IfMatch, List,
    Metric, Problem, Query, Reply, Route,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create::{self, ProfileDraft};
use super::events::{ProfileChanged, ProfileCreated, ProfileDeleted};
use super::rule::{self, NewProfile, ProfileChange};
use super::view::{ProfileView, list, version, view};
use crate::gallery::{self, load, own_profiles, own_stored, seen};
use crate::{
    primary_profile::ProfileUpdate, primary_profile::if_match_parameter, primary_profile::updated,
};
use selfsame_identity::{authentication::SignedIn, authentication::Viewer, limits};
use selfsame_users::populations::put_profile;
use selfsame_users::visibility::Audience;
use selfsame_users::{records::Galleries, records::Gallery, records::Profile};

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "profiles",
    promise: "Up to five profiles for each user, each with a gallery.",
    routes,
    events: || {
        vec![
            EventKind::of::<ProfileCreated>(),
            EventKind::of::<ProfileChanged>(),
            EventKind::of::<ProfileDeleted>(),
        ]
    },
    metrics: &[CHANGES],
    subscribers: &[],
};

const CHANGES: Metric = Metric::counter(
    "gallery_profile_changes",
    "Changes of profiles other than the primary one, by field",
    "field",
    &["displayName", "bio", "order"],
)
.counted_from::<ProfileChanged>("/changed");

fn routes() -> Vec<Route<Arc<Profiles>>> {
    let user_id =
        json!({"type": "string", "maxLength": 128, "examples": ["usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB"]});
    let changes = |route: Route<Arc<Profiles>>| {
        id_parameter(if_match_parameter(route))
            .describe("Fields that are absent stay as they are. Name and text of the primary profile are those of `/v1/profile`.")
            .takes::<ProfileChange>(json!({"displayName": "John at work", "bio": "What I build", "order": 2}))
            .takes_as::<ProfileChange>("application/merge-patch+json", json!({"order": 2}))
            .answers::<ProfileView>(200, "The profile after the change.", example())
    };
    vec![
        Route::get("/profiles", "Profiles of a user", get_all)
            .describe(
                "Your own, the primary one among them; or, with `userId`, what you may see of somebody's.",
            )
            .access(Access::Viewer)
            .parameter("query", "userId", user_id, "Whose profiles; your own without it.")
            .answers::<List<ProfileView>>(
                200,
                "All of them, in order.",
                json!({"items": [example()], "nextCursor": null}),
            )
            .problems(&[Code::NotFound]),
        Route::post("/profiles", "Add a profile", post)
            .takes::<NewProfile>(json!({"displayName": "John at work", "bio": "What I build", "order": 2}))
            .answers::<ProfileView>(201, "The new profile.", example())
            .problems(&[Code::Conflict]),
        id_parameter(Route::get("/profiles/{profileId}", "A profile", get))
            .access(Access::Viewer)
            .answers::<ProfileView>(200, "What you may see of it.", example()),
        changes(Route::put("/profiles/{profileId}", "Change a profile", put)),
        changes(Route::patch("/profiles/{profileId}", "Change a profile", put)),
        id_parameter(if_match_parameter(Route::delete("/profiles/{profileId}", "Delete a profile", delete)))
            .describe("Its gallery goes with it. The primary profile can't be deleted.")
            .answers::<DeleteProfileResponse>(
                200,
                "It is gone.",
                json!({"profileId": "aB3cD4eF", "deleted": true, "deletedAt": "2026-01-31T09:30:00.000Z"}),
            )
            .problems(&[Code::Conflict]),
    ]
}

fn id_parameter(route: Route<Arc<Profiles>>) -> Route<Arc<Profiles>> {
    let schema =
        json!({"type": "string", "minLength": 8, "maxLength": 8, "examples": ["aB3cD4eF"]});
    route.parameter("path", "profileId", schema, "Which profile.")
}

/// A profile that is gone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeleteProfileResponse {
    /// Which.
    profile_id: String,
    /// Always.
    deleted: bool,
    /// When.
    deleted_at: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OwnerQuery {
    user_id: Option<String>,
}

async fn get_all(
    State(profiles): State<Arc<Profiles>>,
    viewer: Viewer,
    client: Client,
    Query(owner): Query<OwnerQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let items = match owner.user_id {
        None => {
            let caller = viewer.0.as_ref().ok_or_else(Problem::unauthenticated)?;
            let profiles = own_profiles(&profiles, &caller.person).await?;
            list(&caller.person, &profiles, Audience::Owner)
        }
        Some(user) => {
            limits::take_read(&profiles.identity, &viewer)?;
            let user = UserId::parse(&user).map_err(|_| Problem::not_found())?;
            let person = profiles
                .users
                .cache
                .get(&user)
                .await?
                .filter(|person| person.status == Status::Active);
            let person = person.ok_or_else(Problem::not_found)?;
            viewer.record_read(&profiles.identity, &client, &user);
            list(&person, &load(&profiles, &user).await?, viewer.audience(&user))
        }
    };
    Ok(Reply::ok(List { items, next_cursor: None }).ready().respond(&headers))
}

async fn post(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    CheckedFields(new): CheckedFields<NewProfile>,
) -> Result<Response, Problem> {
    let draft = checked(new)?;
    let galleries = create::add(&profiles, &caller, &draft).await?;
    let made = galleries.profiles.last().ok_or_else(Problem::internal)?;
    let profile = &caller.person.profile;
    let reply = Reply::created(view(caller.id(), profile, made, Audience::Owner));
    let etag = reply.ready().versioned(version(made, profile)).etag;
    let mut response = reply.into_response();
    response.headers_mut().insert(::http::header::ETAG, etag);
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// The draft of the new profile, or what is wrong with it.
fn checked(new: NewProfile) -> Result<ProfileDraft, Problem> {
    let order = new.order;
    let filled = rule::changed(&Gallery::empty(), &new.into_change(), Timestamp::default())?;
    Ok(ProfileDraft { display_name: filled.display_name, bio: filled.bio, order })
}

async fn get(
    State(profiles): State<Arc<Profiles>>,
    viewer: Viewer,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = seen(&profiles, &viewer, &client, &id).await?;
    let (user, profile) = (&seen.person.user_id, &seen.person.profile);
    let reply = Reply::ok(view(user, profile, &seen.gallery, seen.audience)).ready();
    let reply = match seen.audience {
        Audience::Owner => reply.versioned(version(&seen.gallery, profile)),
        Audience::Public | Audience::Authenticated => reply,
    };
    Ok(reply.respond(&headers))
}

async fn put(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Path(id): Path<String>,
    if_match: IfMatch,
    Checked(change): Checked<ProfileChange>,
) -> Result<Response, Problem> {
    own_stored(&profiles, &caller, &id).await?;
    let keys = [Galleries::key(caller.id()), Profile::key(caller.id())];
    let decide = |loaded: &Loaded| decide_change(&caller, &id, &if_match, &change, &keys, loaded);
    let ready = caller.change(&profiles.platform, &keys, decide).await?;
    Ok(ready.respond(&HeaderMap::new()))
}

fn decide_change(
    caller: &SignedIn,
    id: &str,
    if_match: &IfMatch,
    change: &ProfileChange,
    [galleries_key, profile_key]: &[selfsame_store::Key; 2],
    loaded: &Loaded,
) -> Result<(Changes, CachedBody), Problem> {
    let mut galleries: Galleries = loaded.get(galleries_key)?.unwrap_or_default();
    let mut profile: Profile = loaded.get(profile_key)?.ok_or_else(Problem::not_found)?;
    let before = galleries.profile_mut(id).ok_or_else(Problem::not_found)?;
    if_match.check(version(before, &profile))?;
    let mut changes = Changes::none();
    let mut own_fields = change.clone();
    if before.primary {
        // All fields before the primary profile takes another way, so that one problem names every
        // wrong one.
        rule::changed(before, change, loaded.now())?;
        let update = ProfileUpdate {
            display_name: std::mem::take(&mut own_fields.display_name),
            bio: std::mem::take(&mut own_fields.bio),
            ..ProfileUpdate::default()
        };
        if let Some((after, profile_changes)) =
            updated(caller.id(), &profile, &update, loaded.now())?
        {
            changes = put_profile(profile_changes, caller.id(), &after);
            profile = after;
        }
    }
    let after = rule::changed(before, &own_fields, loaded.now())?;
    let fields = rule::changed_fields(before, &after);
    *before = after.clone();
    if !fields.is_empty() {
        let payload = ProfileChanged {
            user_id: caller.id().clone(),
            profile_id: id.to_owned(),
            changed: fields,
        };
        changes = changes.put(galleries_key.clone(), &galleries).emit(&payload);
    }
    let view = view(caller.id(), &profile, &after, Audience::Owner);
    Ok((changes, Reply::ok(view).ready().versioned(version(&after, &profile))))
}

async fn delete(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Path(id): Path<String>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    own_stored(&profiles, &caller, &id).await?;
    let (user, key, drop_slot) =
        (caller.id(), Galleries::key(caller.id()), profiles.media.blob_gc.drop_slot());
    let decide = |loaded: &Loaded| {
        let mut galleries: Galleries = loaded.get(&key)?.unwrap_or_default();
        let gone = galleries.profile(&id).cloned().ok_or_else(Problem::not_found)?;
        if_match.check(gone.version)?;
        if gone.primary {
            return Err(Problem::new(Code::Conflict, Detail::PrimaryProfile));
        }
        galleries.profiles.retain(|profile| profile.id != id);
        let payload = ProfileDeleted { user_id: user.clone(), profile_id: id.clone() };
        let changes = Changes::none().put(key.clone(), &galleries).emit(&payload);
        Ok((gallery::drop_with(&gone, user, &drop_slot, changes), (gone, loaded.now())))
    };
    let (gone, deleted_at) =
        caller.change(&profiles.platform, std::slice::from_ref(&key), decide).await?;
    gallery::forget_uploads(&profiles, &gone.media).await;
    profiles.media.blob_gc.wake();
    Ok(Reply::ok(DeleteProfileResponse { profile_id: id, deleted: true, deleted_at })
        .into_response())
}

pub(super) fn example() -> Value {
    json!({
        "profileId": "aB3cD4eF",
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "primary": false,
        "displayName": "John at work",
        "bio": "What I build",
        "order": 2,
        "allocatedMediaIds": ["Zx81aB3c", "q7Hn2LpV", "T5rW9yUe"],
        "activeMediaIds": ["hG4kLm8P", "b2Ns6DfX"],
        "version": 3,
        "createdAt": "2026-01-15T10:00:00.000Z",
        "updatedAt": "2026-11-20T08:15:30.250Z"
    })
}
