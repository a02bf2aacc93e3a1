//! The routes of a profile.

use std::sync::Arc;

use ::http::header::{CACHE_CONTROL, LOCATION};
use ::http::{HeaderMap, HeaderValue, StatusCode};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use selfsame_events::{EventKind, Loaded};
use selfsame_primitives::{UserId, Username, path_segment};
use selfsame_store::decode;
use selfsame_web::{
    Access, Checked, Client, Code, Feature, IfMatch, Metric, Problem, Query, Reply, Route,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::events::ProfileUpdated;
use super::links;
use super::operation::{Changed, change, updated};
use super::rule::ProfileUpdate;
use super::view::{self, OwnOrSeen, OwnProfile};
use crate::Profiles;
use selfsame_identity::{authentication::SignedIn, authentication::Viewer, limits};
use selfsame_users::populations::COMPLETE_SHOWN;
use selfsame_users::records::Claim;
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::visibility::Audience;
use selfsame_users::{records::Completion, records::Profile};
use selfsame_web::Counters;

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "profile",
    promise: "What a user shows: every field checked, every reader given exactly what they may see.",
    routes,
    events: || vec![EventKind::of::<ProfileUpdated>()],
    metrics: &[UPDATES, COMPLETION, COMPLETE_SHOWN, LINKS_ADDED],
    subscribers: &[],
};

const UPDATES: Metric = Metric::counter(
    "profile_updates",
    "Changes of profiles, by field; a change of several fields counts for each",
    "field",
    &["displayName", "bio", "location", "timezone", "socialLinks", "interests", "skills"],
)
.counted_from::<ProfileUpdated>("/changed");

const COMPLETION: Metric = Metric::histogram(
    "profile_completion_ratio",
    "How complete profiles were after each change of them, from 0 to 1",
    &[12, 25, 37, 50, 62, 75, 87, 100],
)
.in_parts(100);

const LINKS_ADDED: Metric = Metric::counter(
    "social_links_added",
    "Links that were added to profiles, by platform; those that are not known count as other",
    "platform",
    links::NAMES,
);

fn routes() -> Vec<Route<Arc<Profiles>>> {
    let user_id =
        json!({"type": "string", "maxLength": 128, "examples": ["usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB"]});
    let username = json!({"type": "string", "maxLength": 30, "examples": ["john"]});
    let view_as = json!({"type": "string", "enum": ["public", "authenticated"]});
    let changes = |route: Route<Arc<Profiles>>| {
        if_match_parameter(route)
            .takes::<ProfileUpdate>(update_example())
            .takes_as::<ProfileUpdate>("application/merge-patch+json", update_example())
            .answers::<OwnProfile<'_>>(200, "The profile after the change.", own_example())
    };
    vec![
        Route::get("/v1/profile", "Your own profile", get_own)
            .describe("With `viewAs` you see exactly what others get: the same body, byte for byte.")
            .parameter("query", "viewAs", view_as, "Shows the profile as everybody, or as everybody who is signed in, sees it.")
            .answers::<OwnOrSeen<'_>>(200, "The profile.", own_example()),
        changes(Route::put("/v1/profile", "Change your profile", put)
            .describe("Fields that are absent stay as they are; `null` clears a field.")),
        changes(Route::patch("/v1/profile", "Change your profile", put)
            .describe("The same as PUT, for clients that send a JSON Merge Patch (RFC 7396).")),
        Route::get("/v1/profile/completion", "How complete your profile is", completion)
            .answers::<Completion>(200, "The percentage, and what is missing.", json!({"percent": 63, "missing": ["avatar", "location", "skills"]})),
        Route::get("/v1/profile/{userId}", "Somebody's profile", get_other)
            .describe("Shows what the caller may see; without a token that is what everybody may see. Somebody who does not exist, is suspended or has left can't be told apart.")
            .access(Access::Viewer)
            .parameter("path", "userId", user_id, "Whose profile.")
            .answers::<OwnOrSeen<'_>>(200, "What you may see of the profile.", public_example())
            .problems(&[Code::NotFound]),
        Route::get("/v1/profile/by-username/{username}", "Somebody's profile, by name", get_by_username)
            .sends("Location", "Where the profile is now, for a name that its owner had before.")
            .access(Access::Viewer)
            .describe("A name that its owner gave up less than 30 days ago leads to the one they have now.")
            .parameter("path", "username", username, "The name; upper and lower case are the same.")
            .answers::<OwnOrSeen<'_>>(200, "What you may see of the profile.", public_example())
            .answers_bare(301, "It is an old name; `Location` has the new one.", None)
            .problems(&[Code::NotFound]),
    ]
}

/// The header that every change of a profile takes.
pub(crate) fn if_match_parameter(route: Route<Arc<Profiles>>) -> Route<Arc<Profiles>> {
    let schema = json!({"type": "string", "examples": ["\"7-Zk3bq0c1N2p4\""]});
    let about = "Refuses the change with 412 when the profile has another version by now.";
    route.parameter("header", "If-Match", schema, about).problems(&[Code::VersionConflict])
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OwnQuery {
    view_as: Option<ViewAs>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ViewAs {
    Public,
    Authenticated,
}

async fn get_own(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Query(query): Query<OwnQuery>,
    headers: HeaderMap,
) -> Response {
    match query.view_as {
        None => view::own_of(&profiles.platform.urls, &caller.person).respond(&headers),
        Some(view_as) => {
            let audience = match view_as {
                ViewAs::Public => Audience::Public,
                ViewAs::Authenticated => Audience::Authenticated,
            };
            view::seen_by(
                &profiles.platform.urls,
                &caller.person,
                audience,
                profiles.platform.now(),
            )
            .respond(&headers)
        }
    }
}

async fn put(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    if_match: IfMatch,
    Checked(update): Checked<ProfileUpdate>,
) -> Result<Response, Problem> {
    let decide =
        |before: &Profile, loaded: &Loaded| updated(caller.id(), before, &update, loaded.now());
    let changed = change(&profiles, &caller, &if_match, &[], decide).await?;
    counted(&profiles.platform.counters, &changed);
    let UserSnapshot { user_id, account, stats, presence, .. } = &*caller.person;
    Ok(view::own(&profiles.platform.urls, user_id, account, &changed.after, stats, presence)
        .respond(&HeaderMap::new()))
}

/// Counts what no event holds, since not every value is public.
fn counted(counts: &Counters, Changed { before, after }: &Changed) {
    if before.version == after.version {
        return;
    }
    counts.observe(&COMPLETION, Completion::of(after).percent.into());
    for platform in
        after.social_links.keys().filter(|name| !before.social_links.contains_key(*name))
    {
        counts.add(&LINKS_ADDED, platform);
    }
}

async fn get_other(
    State(profiles): State<Arc<Profiles>>,
    viewer: Viewer,
    client: Client,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    limits::take_read(&profiles.identity, &viewer)?;
    let user = UserId::parse(&user).map_err(|_| Problem::not_found())?;
    let person = visible(&profiles, &user).await?;
    viewer.record_read(&profiles.identity, &client, &user);
    Ok(show(&profiles, &person, viewer.audience(&user), &headers))
}

async fn get_by_username(
    State(profiles): State<Arc<Profiles>>,
    viewer: Viewer,
    client: Client,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    limits::take_read(&profiles.identity, &viewer)?;
    let name = Username::sought(&name).map_err(|_| Problem::not_found())?;
    let claim = profiles
        .platform
        .store
        .get(&Claim::username_key(&name.skeleton()))
        .await?
        .ok_or_else(Problem::not_found)?;
    let Claim { user_id, former } =
        decode(&claim.body).map_err(selfsame_store::StoreError::from)?;
    let person = visible(&profiles, &user_id).await?;
    let theirs = person.account.username.as_ref().ok_or_else(Problem::not_found)?;
    if theirs.is_same(&name) {
        viewer.record_read(&profiles.identity, &client, &user_id);
        return Ok(show(&profiles, &person, viewer.audience(&user_id), &headers));
    }
    former.filter(|former| former.is_same(&name)).ok_or_else(Problem::not_found)?;
    Ok(sent_on(theirs))
}

/// The response to a former name. Its reservation ends, so the response must not be cached for
/// ever.
fn sent_on(name: &Username) -> Response {
    let to = format!("/v1/profile/by-username/{}", path_segment(name.as_str()));
    let headers = [(LOCATION, to), (CACHE_CONTROL, "public, no-cache".to_owned())];
    (StatusCode::MOVED_PERMANENTLY, headers).into_response()
}

/// The user, if the viewer may know that they exist.
async fn visible(profiles: &Profiles, user: &UserId) -> Result<Arc<UserSnapshot>, Problem> {
    let person = profiles.users.cache.get(user).await?;
    person
        .filter(|person| person.status == selfsame_events::Status::Active)
        .ok_or_else(Problem::not_found)
}

fn show(
    profiles: &Profiles,
    person: &UserSnapshot,
    audience: Audience,
    headers: &HeaderMap,
) -> Response {
    let mut response =
        view::seen_by(&profiles.platform.urls, person, audience, profiles.platform.now())
            .respond(headers);
    if audience == Audience::Public {
        // Nothing personal to the caller: browsers may cache it, but must revalidate.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        response
            .headers_mut()
            .insert(::http::header::VARY, HeaderValue::from_static("Authorization"));
    }
    response
}

async fn completion(caller: SignedIn, headers: HeaderMap) -> Response {
    Reply::ok(Completion::of(&caller.person.profile)).ready().respond(&headers)
}

fn update_example() -> Value {
    json!({
        "displayName": "John Smith",
        "bio": "Senior software architect specializing in microservices",
        "location": "New York, NY",
        "timezone": "America/New_York",
        "socialLinks": {"twitter": "https://twitter.com/johnsmith", "github": "https://github.com/johnsmith"},
        "interests": ["golang", "kubernetes", "serverless"]
    })
}

/// A whole profile, for the documentation.
pub(crate) fn own_example() -> Value {
    let mut example = public_example();
    let more = json!({
        "timezone": "America/Los_Angeles",
        "privacy": serde_json::to_value(selfsame_users::visibility::Privacy::default()).unwrap_or_default(),
        "preferences": serde_json::to_value(selfsame_users::records::Preferences::default()).unwrap_or_default(),
        "version": 7,
        "createdAt": "2026-01-15T10:00:00.000Z",
        "updatedAt": "2026-11-20T08:15:30.250Z"
    });
    if let (Value::Object(example), Value::Object(more)) = (&mut example, more) {
        example.extend(more);
    }
    example
}

fn public_example() -> Value {
    json!({
        "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "username": "john",
        "displayName": "John Doe",
        "bio": "Software developer passionate about open source",
        "avatar": "https://id.example.org/avatars/4f8Gk2mQx7Lw9Zr1Bv6Tn3-2048.jpg",
        "location": "San Francisco, CA",
        "socialLinks": {"github": "https://github.com/johndoe"},
        "interests": ["golang"],
        "skills": ["rust"],
        "badges": ["verified_developer"],
        "stats": {
            "postsCount": 42, "likesReceived": 156, "commentsCount": 89, "followersCount": 0, "followingCount": 0,
            "joinedAt": "2026-01-15T10:00:00.000Z"
        }
    })
}
