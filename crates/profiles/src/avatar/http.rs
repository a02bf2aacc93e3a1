//! The routes of avatars.

use std::sync::Arc;

use ::http::header::LOCATION;
use ::http::{HeaderMap, HeaderValue, StatusCode};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use selfsame_events::EventKind;
use selfsame_web::{Code, Content, Feature, IfMatch, Metric, Problem, Reply, Route, Subscriber};
use serde::Serialize;
use serde_json::{Value, json};

use super::async_upload::{AvatarFailed, AvatarUpload, AvatarUploaded};
use super::rule::{AvatarRemoved, AvatarUpdated};
use super::view::{AvatarUploadView, AvatarView};
use super::{FOLDER, FOLDERS, async_upload, form, problem, rule};
use crate::Profiles;
use crate::primary_profile::{avatar_url, if_match_parameter};
use selfsame_identity::authentication::SignedIn;
use selfsame_media::blob_gc::ReservedBlobs;
use selfsame_media::pictures::problem::of_blobs;
use selfsame_media::{pictures::PictureSettings, serving};
use selfsame_users::populations::PICTURED_SHOWN;
use selfsame_users::records::{Profile, StoredPicture};

/// The feature.
pub const FEATURE: Feature<Arc<Profiles>> = Feature {
    name: "avatar",
    promise: "The picture a user shows: checked, stripped of everything it could tell, in three sizes.",
    routes,
    events: || {
        vec![
            EventKind::of::<AvatarUpdated>(),
            EventKind::of::<AvatarRemoved>(),
            EventKind::of::<AvatarUploaded>(),
            EventKind::of::<AvatarFailed>(),
        ]
    },
    metrics: &[UPLOADS, SIZES, PICTURED_SHOWN],
    subscribers: &[Subscriber {
        name: "avatars",
        event_types: &["profile.avatar_uploaded"],
        handle: async_upload::make,
    }],
};

pub(super) const UPLOADS: Metric = Metric::counter(
    "avatar_uploads",
    "Uploads of pictures, by outcome: stored, invalid (can't be read), too_large (in bytes, pixels or frames), unsupported (a \
     type that is not taken), unavailable (too many at once, or a dependency is down), refused (anything else)",
    "outcome",
    &["stored", "invalid", "too_large", "unsupported", "unavailable", "refused"],
);

const SIZES: Metric = Metric::histogram(
    "avatar_upload_size_bytes",
    "Sizes of the pictures that were sent, in bytes; those over the limit are not among them",
    &[16 << 10, 64 << 10, 256 << 10, 1 << 20, 2 << 20, 4 << 20, 8 << 20, 16 << 20, 32 << 20],
);

/// What is shown once the uploaded picture is gone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DrawnView {
    /// The picture that is drawn instead.
    avatar_url: String,
}

fn routes() -> Vec<Route<Arc<Profiles>>> {
    let upload = if_match_parameter(Route::post("/v1/profile/avatar", "Upload your picture", upload))
        .describe(
            "The type is told by the content, whatever the file is called. The picture is turned upright, its metadata \
             (the place above all) is removed, and its colours become sRGB. If it can't be used, the old one stays.",
        )
        .body_limit(2 * PictureSettings::LARGEST + form::OVERHEAD)
        .parameter("header", "Prefer", json!({"type": "string", "examples": ["respond-async"]}), "`respond-async` answers before the picture is made.")
        .sends("Location", "Where to see what became of an upload that is worked on later.")
        .sends("Preference-Applied", "`respond-async`, where the picture is made later.")
        .answers::<AvatarView>(200, "The picture as it is shown now.", example())
        .answers::<AvatarUploadView>(202, "The file is kept; `Location` tells what becomes of it.", later_example())
        .problems(&[
            Code::ImageInvalid,
            Code::ImageTooLarge,
            Code::ImageTypeUnsupported,
            Code::UnsupportedMediaType,
            Code::Unavailable,
        ]);
    let remove = if_match_parameter(Route::delete("/v1/profile/avatar", "Remove your picture", remove))
        .answers::<DrawnView>(
        200,
        "The picture that is drawn instead.",
        json!({"avatarUrl": "https://id.example.com/v1/avatars/usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB.svg"}),
    );
    let give = serving::route("/avatars/{name}", "A picture", give);
    let status =
        Route::get("/v1/profile/avatar/uploads/{uploadId}", "What became of an upload", get_upload)
            .describe("For four days after it, for whoever has sent it.")
            .parameter(
                "path",
                "uploadId",
                json!({"type": "string", "minLength": 26, "maxLength": 26}),
                "As in the answer to the upload.",
            )
            .answers::<AvatarUploadView>(200, "How far it is.", later_example());
    vec![takes_form(upload), status, remove, give]
}

fn takes_form(mut route: Route<Arc<Profiles>>) -> Route<Arc<Profiles>> {
    let content =
        Content { media_type: "multipart/form-data", schema: Some(form_schema), example: None };
    route.info.bodies.push(content);
    route
}

fn form_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["avatar"],
        "additionalProperties": false,
        "properties": {
            "avatar": {
                "type": "string",
                "format": "binary",
                "contentMediaType": "image/*",
                "description": "The picture as a file: JPEG, PNG, GIF or WebP, up to 5 MB unless the service is set otherwise."
            },
            "crop": {
                "type": "string",
                "description": "The part to keep, `x,y,width,height`, as fractions (0 to 1) of the upright picture.",
                "examples": ["0.1,0,0.8,1"]
            }
        }
    })
}

fn example() -> Value {
    json!({
        "avatarUrl": "https://id.example.com/avatars/Ck3hXv0uJrP1cV5mO9q2sw.jpg",
        "thumbnailUrl": "https://id.example.com/avatars/aQ8_2LwZ7c0tYf1nB6k3Dg.jpg",
        "mediumUrl": "https://id.example.com/avatars/mZ4Tn-9sXk2eUq7vR0yLhA.jpg",
        "uploadedAt": "2026-01-31T09:30:00.000Z",
        "contentType": "image/jpeg",
        "fileSize": 183_204,
        "width": 2048,
        "height": 1536,
        "placeholder": "1QcSHQRnh493V4dIh4eXh1h4kJUI"
    })
}

async fn give(
    State(profiles): State<Arc<Profiles>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serving::serve_blob(&profiles.media, FOLDER, &name, &headers).await
}

pub(super) async fn upload(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    if_match: IfMatch,
    request: Request,
) -> Result<Response, Problem> {
    if async_upload::prefers_async(request.headers()) {
        return accept(&profiles, &caller, &if_match, request).await;
    }
    let stored = store(&profiles, &caller, &if_match, request).await;
    profiles.platform.counters.add(&UPLOADS, outcome(&stored));
    stored.map(|view| Reply::ok(view).into_response())
}

async fn accept(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    request: Request,
) -> Result<Response, Problem> {
    let accepted = store_avatar(profiles, caller, if_match, request).await;
    if let Err(problem) = &accepted {
        profiles.platform.counters.add(&UPLOADS, refusal(problem.code));
    }
    let view = AvatarUploadView::new(&profiles.platform.urls, accepted?, &caller.person.profile);
    let location = HeaderValue::from_str(&view.status_url).map_err(|_| Problem::internal())?;
    let mut response = Reply::ok(view).into_response();
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert("preference-applied", HeaderValue::from_static("respond-async"));
    Ok(response)
}

async fn store_avatar(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    request: Request,
) -> Result<AvatarUpload, Problem> {
    let form =
        form::read(request, &profiles.media.pictures, profiles.media.settings.avatars.max_bytes)
            .await?;
    profiles.platform.counters.observe(&SIZES, form.upload.size() as u64);
    async_upload::accept(profiles, caller, if_match, form).await
}

async fn get_upload(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let upload =
        async_upload::find(&profiles, caller.id(), &id).await?.ok_or_else(Problem::not_found)?;
    let view = AvatarUploadView::new(&profiles.platform.urls, upload, &caller.person.profile);
    Ok(Reply::ok(view).ready().respond(&headers))
}

fn later_example() -> Value {
    json!({
        "uploadId": "01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "status": "pending",
        "statusUrl": "https://id.example.com/v1/profile/avatar/uploads/01JD3Z5K8QW4N6R7T9V2X0Y1AB",
        "createdAt": "2026-01-31T09:30:00.000Z",
        "updatedAt": "2026-01-31T09:30:00.000Z"
    })
}

fn outcome(stored: &Result<AvatarView, Problem>) -> &'static str {
    stored.as_ref().map_or_else(|problem| refusal(problem.code), |_| STORED)
}

/// The metric label of an upload with a picture.
pub(super) const STORED: &str = "stored";

/// The metric label of an upload with a problem.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else there is or will be counts as one"
)]
pub(super) fn refusal(code: Code) -> &'static str {
    match code {
        Code::ImageInvalid => "invalid",
        Code::ImageTooLarge | Code::TooLarge => "too_large",
        Code::ImageTypeUnsupported | Code::UnsupportedMediaType => "unsupported",
        Code::Unavailable => "unavailable",
        _ => "refused",
    }
}

async fn store(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    request: Request,
) -> Result<AvatarView, Problem> {
    let taken = &profiles.media.settings.avatars;
    let form = form::read(request, &profiles.media.pictures, taken.max_bytes).await?;
    profiles.platform.counters.observe(&SIZES, form.upload.size() as u64);
    let outputs = profiles.media.pictures.process(form.upload, taken, form.crop).await;
    let outputs = outputs.map_err(|refused| problem::of(&refused, taken))?;
    let (blobs, avatar) = FOLDERS
        .name(&profiles.media, outputs, profiles.platform.now())
        .map_err(|_| Problem::internal())?;
    let expected = profiles.media.blob_gc.reserve(blobs.keys().cloned().collect()).await?;
    profiles.media.blob_gc.write(blobs).await.map_err(of_blobs)?;
    let avatar = show(profiles, caller, if_match, &avatar, &expected).await?;
    profiles.media.blob_gc.wake();
    Ok(AvatarView::new(&profiles.platform.urls, &avatar))
}

/// Commits the picture whose blobs are written.
async fn show(
    profiles: &Profiles,
    caller: &SignedIn,
    if_match: &IfMatch,
    avatar: &StoredPicture,
    expected: &ReservedBlobs,
) -> Result<StoredPicture, Problem> {
    let (user, drop_slot) = (caller.id(), profiles.media.blob_gc.drop_slot());
    let keys = [Profile::key(user), expected.key().clone()];
    caller
        .change_or(&profiles.platform, &keys, |loaded| {
            let before: Profile =
                loaded.get(&Profile::key(user))?.ok_or_else(Problem::not_found)?;
            if_match.check(before.version)?;
            let now = loaded.now();
            let (after, changes) = rule::replaced(
                &profiles.platform.urls,
                user,
                before,
                avatar.clone(),
                now,
                &drop_slot,
            );
            let shown = after.avatar.ok_or_else(Problem::internal)?;
            Ok((expected.apply(loaded, changes)?, shown))
        })
        .await
}

pub(super) async fn remove(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    if_match: IfMatch,
) -> Result<Reply<DrawnView>, Problem> {
    let (user, drop_slot) = (caller.id(), profiles.media.blob_gc.drop_slot());
    let key = Profile::key(user);
    let change = caller.change(&profiles.platform, std::slice::from_ref(&key), |loaded| {
        let before: Profile = loaded.get(&key)?.ok_or_else(Problem::not_found)?;
        if_match.check(before.version)?;
        let (after, changes) = rule::removed(user, before, loaded.now(), &drop_slot);
        Ok::<_, Problem>((changes, after))
    });
    let profile = change.await?;
    profiles.media.blob_gc.wake();
    Ok(Reply::ok(DrawnView { avatar_url: avatar_url(&profiles.platform.urls, user, &profile) }))
}
