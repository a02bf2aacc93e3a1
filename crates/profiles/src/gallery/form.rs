//! The route that upload forms of an embedded store are sent to. For clients it is Amazon S3,
//! responses included (Amazon S3 API Reference, "POST Object").

use std::sync::Arc;

use ::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use ::http::{HeaderMap, HeaderValue, StatusCode};
use axum::RequestExt as _;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, TryStreamExt as _};
use multer::{Constraints, Field, Multipart, SizeLimit};
use schemars::{Schema, SchemaGenerator, json_schema};
use selfsame_blobs::upload_form::{Code, Form, Refusal};
use selfsame_blobs::{ReceiveError, Upload, UploadName};
use selfsame_web::{Access, Client, Content, Route};

use super::arrival::{self, ArrivalOutcome};
use super::uploads;
use crate::Profiles;
use selfsame_media::pictures::PictureSettings;

/// Bytes of a form besides the file: the fields that S3 accepts, and the lines between them.
const OVERHEAD: usize = 128 << 10;
/// Most bytes of one field, which is the most that S3 accepts of all.
const FIELD: u64 = 20_480;
const FILE: &str = "file";

pub(super) fn route() -> Route<Arc<Profiles>> {
    let mut route = Route::post("/uploads/{bucket}", "Upload the file of a picture", post)
        .describe(
            "Takes the form that a request for an upload has answered, with the file behind its fields, as S3 does: what it \
             checks, what it refuses and the XML it says so in are S3's.",
        )
        .access(Access::Public)
        .sends("Location", "Where the file is, as S3 tells it.")
        .body_limit(PictureSettings::LARGEST + OVERHEAD)
        .parameter("path", "bucket", serde_json::json!({"type": "string"}), "As in `uploadUrl`.")
        .answers_bare(204, "The file has arrived; `ETag` is what completion asks for.", None)
        .answers_bare(400, "S3's refusal of a form or a file that is not as it should be.", Some(xml()))
        .answers_bare(403, "S3's refusal of a form that is changed, expired or not awaited any more.", Some(xml()))
        .answers_bare(405, "Clients upload elsewhere: to another bucket, or to another store.", Some(xml()))
        .answers_bare(412, "The body is no form.", Some(xml()))
        .answers_bare(503, "The store can't be reached: try again.", Some(xml()));
    let content =
        Content { media_type: "multipart/form-data", schema: Some(schema), example: None };
    route.info.bodies.push(content);
    route
}

fn xml() -> Content {
    Content { media_type: "application/xml", schema: None, example: None }
}

fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "Content-Type", "file"],
        "additionalProperties": {"type": "string"},
        "properties": {
            "file": {"type": "string", "format": "binary", "contentMediaType": "image/*", "description": "The file, behind all other fields."}
        }
    })
}

async fn post(
    State(profiles): State<Arc<Profiles>>,
    client: Client,
    Path(bucket): Path<String>,
    request: Request,
) -> Response {
    match take(&profiles, &client, &bucket, request).await {
        Ok((name, upload)) => taken(&profiles, &name, &upload),
        Err(refusal) => refused(&refusal),
    }
}

async fn take(
    profiles: &Profiles,
    client: &Client,
    bucket: &str,
    request: Request,
) -> Result<(UploadName, Upload), Refusal> {
    if bucket != profiles.settings.gallery.bucket {
        return Err(Refusal::not_here());
    }
    let (name, upload) = receive(profiles, request).await?;
    let arrived = arrival::record_arrival(profiles, &name, &upload, &client.origin(None)).await;
    match arrived.map_err(|_| Refusal::unavailable())? {
        ArrivalOutcome::Taken => {}
        ArrivalOutcome::Known => delete_if_unexpected(profiles, &name).await,
        ArrivalOutcome::Unwanted => {
            uploads::delete(profiles, &name).await;
            return Err(not_awaited());
        }
    }
    Ok((name, upload))
}

/// Deletes a file that was sent again after its picture was processed: nothing reads it.
async fn delete_if_unexpected(profiles: &Profiles, name: &UploadName) {
    let in_work = super::upload_expiry::is_expected(profiles, name).await;
    if matches!(in_work, Ok(false)) {
        uploads::delete(profiles, name).await;
    }
}

async fn receive(profiles: &Profiles, request: Request) -> Result<(UploadName, Upload), Refusal> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = content_type.and_then(|value| multer::parse_boundary(value).ok());
    let boundary = boundary.ok_or_else(Refusal::not_a_form)?;
    let body = request.into_limited_body().into_data_stream();
    let limit = (PictureSettings::LARGEST + OVERHEAD) as u64;
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(limit));
    let mut parts = Multipart::with_constraints(body, boundary, constraints);
    let mut form = Form::new();
    loop {
        let part = parts
            .next_field()
            .await
            .map_err(|error| broken(&error))?
            .ok_or_else(Refusal::one_file_only)?;
        let name = part.name().unwrap_or_default().to_owned();
        if name.eq_ignore_ascii_case(FILE) {
            return store(profiles, &form, part).await;
        }
        form.push(&name, &text(part).await?)?;
    }
}

/// What follows the file is not read, as in S3.
async fn store(
    profiles: &Profiles,
    form: &Form,
    file: Field<'_>,
) -> Result<(UploadName, Upload), Refusal> {
    let file = file.map_err(|error| broken(&error)).boxed();
    profiles.media.uploads.receive(form, file, profiles.platform.now()).await.map_err(|error| {
        match error {
            ReceiveError::Refused(refusal) => refusal,
            ReceiveError::Failed(error) => {
                tracing::error!(%error, "an upload could not be kept");
                Refusal::unavailable()
            }
        }
    })
}

async fn text(mut part: Field<'_>) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|error| broken(&error))? {
        if (bytes.len() + piece.len()) as u64 > FIELD {
            let message = "Your POST request fields preceding the upload file were too large.";
            return Err(Refusal::new(Code::MaxPostPreDataLengthExceededError, message));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| Refusal::malformed())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else there is or will be: the form is broken"
)]
fn broken(error: &multer::Error) -> Refusal {
    match error {
        multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteStream
        | multer::Error::StreamReadFailed(_) => Refusal::incomplete(),
        _ => Refusal::malformed(),
    }
}

fn taken(profiles: &Profiles, name: &UploadName, upload: &Upload) -> Response {
    let address = format!(
        "{}/uploads/{}/{name}",
        profiles.platform.urls.public, profiles.settings.gallery.bucket
    );
    let mut headers = HeaderMap::new();
    for (header, value) in [(ETAG, format!("\"{}\"", upload.etag)), (LOCATION, address)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    }
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    (status, [(CONTENT_TYPE, "application/xml")], refusal.xml()).into_response()
}

fn not_awaited() -> Refusal {
    Refusal::new(Code::AccessDenied, "This upload is not awaited any more.")
}
