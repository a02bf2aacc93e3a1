//! The routes of galleries. Their responses are bare objects, as in the API that they come from.

use crate::Profiles;
use std::sync::Arc;

use ::http::HeaderMap;
use axum::extract::{Path, State};
use axum::response::Response;
use schemars::JsonSchema;
use selfsame_events::{Changes, Loaded};
use selfsame_primitives::Timestamp;
use selfsame_web::{
    Access, CachedBody, CheckedFields, Client, Code, Content, Fault, IfMatch, Json, Problem, Route,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::complete::{self, CompleteRequest, Completed};
use super::events::MediaReordered;
use super::operation::{MediaRef, change, delete};
use super::request::{MediaRequest, missing};
use super::upload_request::{self, UploadResponse};
use super::view::{self, MediaList, MediaView};
use super::{MEDIUM, ORIGINAL, THUMB, bucket, form, own, own_stored, rule, seen, uploads};
use crate::primary_profile::if_match_parameter;
use selfsame_identity::authentication::By;
use selfsame_identity::{authentication::SignedIn, authentication::Viewer};
use selfsame_media::serving;
use selfsame_users::visibility::Audience;

pub(super) fn routes() -> Vec<Route<Arc<Profiles>>> {
    let reorder = if_match_parameter(Route::put(
        "/profiles/{profileId}/media",
        "Put your pictures in order",
        reorder,
    ))
    .describe("Names exactly the pictures that are active: those whose files have arrived.")
    .takes::<ReorderRequest>(json!({"imageOrder": ["aB3cD4eF", "q7Hn2LpV", "T5rW9yUe"]}));
    vec![
        of_profile(Route::get("/profiles/{profileId}/media", "Pictures of a profile", get_all))
            .describe("Its owner sees all with their status, others what is ready, where they may see the owner's picture.")
            .access(Access::Viewer)
            .tagged()
            .bare::<MediaList>(200, "The pictures.", list_example()),
        of_profile(Route::post("/profiles/{profileId}/media", "Ask to upload a picture", request_upload))
            .describe(
                "Takes one of the profile's media ids and answers a form (S3's POST policy) with which the file is uploaded, \
                 straight to the store. Send the fields of `uploadHeaders` in a `multipart/form-data` body, the file as `file` \
                 behind them.",
            )
            .takes::<MediaRequest>(json!({"mediaType": "image", "mediaMeta": "eyJzaXplIjoyMDQ4NTc2LCJmb3JtYXQiOiJqcGVnIiwid2lkdGgiOjE0NDAsImhlaWdodCI6MTkyMH0=", "mediaOrder": 1}))
            .bare::<UploadResponse>(200, "Where the file goes.", upload_request::example())
            .problems(&[Code::ImageTooLarge, Code::ImageTypeUnsupported, Code::Conflict]),
        of_profile(reorder).tagged().bare::<ReorderResponse>(200, "The new order.", json!({"profileId": "hG4kLm8P", "imageOrder": ["aB3cD4eF", "q7Hn2LpV", "T5rW9yUe"], "updatedAt": "2026-01-31T09:30:00.000Z"})),
        of_media(Route::get("/profiles/{profileId}/media/{mediaId}", "A picture of a profile", get))
            .access(Access::Viewer)
            .tagged()
            .bare::<MediaView>(200, "The picture.", view_example()),
        of_media(Route::post("/profiles/{profileId}/media/{mediaId}", "Say that a file is uploaded", complete))
            .describe("What is said is held against what has arrived. Where it does not fit the answer is 409, and the id is free again.")
            .takes::<CompleteRequest>(json!({"uploadSuccess": true, "s3ETag": "\"d41d8cd98f00b204e9800998ecf8427e\"", "actualSize": 2_048_576}))
            .bare::<Completed>(200, "The picture is being made; `GET` tells when it is ready.", json!({"mediaId": "aB3cD4eF", "status": "processing", "estimatedProcessingTime": 30}))
            .problems(&[Code::Conflict]),
        of_media(Route::delete("/profiles/{profileId}/media/{mediaId}", "Delete a picture", remove))
            .bare::<DeletedResponse>(200, "It is gone, and its id is free.", json!({"mediaId": "aB3cD4eF", "deleted": true, "deletedAt": "2026-01-31T09:30:00.000Z"})),
        serving::route("/original/{name}", "A picture of a gallery", original),
        serving::route("/medium/{name}", "A picture of a gallery, medium size", medium),
        serving::route("/thumb/{name}", "A picture of a gallery, thumbnail", thumb),
        form::route(),
        bucket::route(),
    ]
}

/// Responses without the envelope.
trait BareJson {
    fn bare<T: JsonSchema>(self, status: u16, description: &'static str, example: Value) -> Self;
}

impl BareJson for Route<Arc<Profiles>> {
    fn bare<T: JsonSchema>(self, status: u16, description: &'static str, example: Value) -> Self {
        let schema = Some(schemars::SchemaGenerator::subschema_for::<T> as selfsame_web::SchemaOf);
        let content = Content { media_type: "application/json", schema, example: Some(example) };
        self.answers_bare(status, description, Some(content))
    }
}

fn of_profile(route: Route<Arc<Profiles>>) -> Route<Arc<Profiles>> {
    let schema =
        json!({"type": "string", "minLength": 8, "maxLength": 8, "examples": ["hG4kLm8P"]});
    route.parameter("path", "profileId", schema, "Which profile.").problems(&[Code::NotFound])
}

fn of_media(route: Route<Arc<Profiles>>) -> Route<Arc<Profiles>> {
    let schema =
        json!({"type": "string", "minLength": 8, "maxLength": 8, "examples": ["aB3cD4eF"]});
    of_profile(route).parameter("path", "mediaId", schema, "Which picture.")
}

/// A bare body.
fn bare<T: Serialize>(body: &T) -> Result<CachedBody, Problem> {
    serde_json::to_vec(body).map(CachedBody::json).map_err(|_| Problem::internal())
}

async fn get_all(
    State(profiles): State<Arc<Profiles>>,
    viewer: Viewer,
    client: Client,
    Path(profile): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = seen(&profiles, &viewer, &client, &profile).await?;
    let list = bare(&view::list(&profiles, &seen.gallery, seen.audience))?;
    let list = match seen.audience {
        Audience::Owner => list.versioned(seen.gallery.media_version),
        Audience::Public | Audience::Authenticated => list,
    };
    Ok(list.respond(&headers))
}

async fn get(
    State(profiles): State<Arc<Profiles>>,
    viewer: Viewer,
    client: Client,
    Path((profile, media)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = seen(&profiles, &viewer, &client, &profile).await?;
    let found = seen.gallery.find(&media);
    let view = found.and_then(|media| {
        view::media(&profiles.platform.urls, &seen.gallery, media, seen.audience)
    });
    Ok(bare(&view.ok_or_else(Problem::not_found)?)?.respond(&headers))
}

async fn request_upload(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Path(profile): Path<String>,
    CheckedFields(request): CheckedFields<MediaRequest>,
) -> Result<axum::Json<UploadResponse>, Problem> {
    upload_request::request_upload(&profiles, &caller, &profile, &request).await.map(axum::Json)
}

async fn complete(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Path((profile, media)): Path<(String, String)>,
    Json(request): Json<CompleteRequest>,
) -> Result<axum::Json<Completed>, Problem> {
    complete::complete(&profiles, &caller, (&profile, &media), &request).await.map(axum::Json)
}

/// Another order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReorderRequest {
    /// The ids of all active pictures, each once.
    #[serde(default)]
    #[schemars(required, with = "Vec<String>")]
    image_order: Option<Vec<String>>,
}

/// The order that is shown.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReorderResponse {
    /// Whose.
    profile_id: String,
    /// The ids in order.
    image_order: Vec<String>,
    /// When.
    updated_at: Timestamp,
}

async fn reorder(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Path(profile): Path<String>,
    if_match: IfMatch,
    Json(order): Json<ReorderRequest>,
) -> Result<Response, Problem> {
    own_stored(&profiles, &caller, &profile).await?;
    let image_order = order.image_order.ok_or_else(|| missing("imageOrder"))?;
    let decide = |gallery: &mut super::Gallery, loaded: &Loaded| {
        if_match.check(gallery.media_version)?;
        let before = gallery.media_version;
        rule::reorder(gallery, &image_order)
            .map_err(|()| Problem::fault("/imageOrder", Fault::NotTheSame))?;
        let ordered = ReorderResponse {
            profile_id: profile.clone(),
            image_order: image_order.clone(),
            updated_at: loaded.now(),
        };
        let version = gallery.media_version;
        let changes = if version == before {
            Changes::none()
        } else {
            Changes::none().emit(&MediaReordered {
                user_id: caller.id().clone(),
                profile_id: profile.clone(),
                image_order: image_order.clone(),
            })
        };
        Ok::<_, Problem>((changes, (ordered, version)))
    };
    let (ordered, version) = change(&profiles, (By::Owner(&caller), &profile), &[], decide).await?;
    Ok(bare(&ordered)?.versioned(version).respond(&HeaderMap::new()))
}

/// A picture that is gone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedResponse {
    /// Which.
    media_id: String,
    /// Always.
    deleted: bool,
    /// When.
    deleted_at: Timestamp,
}

async fn remove(
    State(profiles): State<Arc<Profiles>>,
    caller: SignedIn,
    Path((profile, media)): Path<(String, String)>,
) -> Result<axum::Json<DeletedResponse>, Problem> {
    own(&profiles, &caller, &profile).await?;
    let (which, drop_slot) = (
        MediaRef { user: caller.id(), profile: &profile, media: &media },
        profiles.media.blob_gc.drop_slot(),
    );
    let decide = |gallery: &mut super::Gallery, loaded: &Loaded| {
        let (changes, gone) = delete(gallery, which, &drop_slot).ok_or_else(Problem::not_found)?;
        Ok::<_, Problem>((changes, (gone, loaded.now())))
    };
    let (gone, deleted_at) = change(&profiles, (By::Owner(&caller), &profile), &[], decide).await?;
    uploads::forget(&profiles, std::slice::from_ref(&gone)).await;
    profiles.media.blob_gc.wake();
    Ok(axum::Json(DeletedResponse { media_id: media, deleted: true, deleted_at }))
}

async fn original(
    State(profiles): State<Arc<Profiles>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serving::serve_blob(&profiles.media, ORIGINAL, &name, &headers).await
}

async fn medium(
    State(profiles): State<Arc<Profiles>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serving::serve_blob(&profiles.media, MEDIUM, &name, &headers).await
}

async fn thumb(
    State(profiles): State<Arc<Profiles>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    serving::serve_blob(&profiles.media, THUMB, &name, &headers).await
}

fn view_example() -> Value {
    json!({
        "mediaId": "aB3cD4eF",
        "profileId": "hG4kLm8P",
        "mediaType": "image",
        "status": "ready",
        "order": 1,
        "urls": {
            "original": "https://id.example.com/original/Ck3hXv0uJrP1cV5mO9q2sw.jpg",
            "medium": "https://id.example.com/medium/mZ4Tn-9sXk2eUq7vR0yLhA.jpg",
            "thumb": "https://id.example.com/thumb/aQ8_2LwZ7c0tYf1nB6k3Dg.jpg"
        },
        "placeholder": "1QcSHQRnh493V4dIh4eXh1h4kJUI",
        "mimeType": "image/jpeg",
        "fileSize": 183_204,
        "dimensions": {"width": 1440, "height": 1920},
        "metadata": {"size": 2_048_576, "format": "jpeg", "width": 1440, "height": 1920},
        "createdAt": "2026-01-31T09:29:00.000Z",
        "updatedAt": "2026-01-31T09:30:00.000Z"
    })
}

fn list_example() -> Value {
    json!({"profileId": "hG4kLm8P", "items": [view_example()], "free": 4})
}
