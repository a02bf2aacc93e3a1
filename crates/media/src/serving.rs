//! The route that serves pictures, to browsers or to a CDN before them.

use axum::handler::Handler;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use selfsame_blobs::{Blob, BlobError, BlobName, ByteRange};
use selfsame_web::{Access, Content, Problem, Route};
use serde_json::json;

use crate::Media;
use crate::pictures::problem;

/// A name is never used for another content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The picture `file` of `folder`, by the conditions and range in `headers`.
pub async fn serve_blob(
    media: &Media,
    folder: &str,
    file: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let name = BlobName::parse(&format!("{folder}/{file}")).map_err(|_| Problem::not_found())?;
    let range = text(headers, RANGE).and_then(ByteRange::parse);
    if (range.is_some() || headers.contains_key(IF_NONE_MATCH))
        && let Some(answer) = conditional(media, &name, headers, range).await?
    {
        return Ok(answer);
    }
    whole(media, &name).await
}

/// The answer where it is not the whole picture. Conditions come before ranges (RFC 9110 §13.2.2).
async fn conditional(
    media: &Media,
    name: &BlobName,
    headers: &HeaderMap,
    range: Option<ByteRange>,
) -> Result<Option<Response>, Problem> {
    // One byte is enough to get the entity tag.
    let Some(first) = read(media, name, Some(ByteRange::Between(0, 0))).await? else {
        return Ok(None);
    };
    let etag = format!("\"{}\"", first.etag);
    if names(headers, &etag) {
        return Ok(Some(dressed(StatusCode::NOT_MODIFIED.into_response(), &etag)));
    }
    let is_of_this = text(headers, IF_RANGE).is_none_or(|given| given == etag);
    let Some(range) = range.filter(|_| is_of_this) else { return Ok(None) };
    if range.resolve(first.size).is_none() {
        return Ok(Some(unsatisfiable(first.size)));
    }
    Ok(read(media, name, Some(range)).await?.map(|part| answer(name, part, true)))
}

async fn whole(media: &Media, name: &BlobName) -> Result<Response, Problem> {
    let blob = read(media, name, None).await?.ok_or_else(Problem::not_found)?;
    Ok(answer(name, blob, false))
}

/// The blob `name`; `None` also where the range is empty.
async fn read(
    media: &Media,
    name: &BlobName,
    range: Option<ByteRange>,
) -> Result<Option<Blob>, Problem> {
    match media.blobs.get(name, range).await {
        Err(BlobError::Range { .. }) => Ok(None),
        found => found.map_err(problem::of_blobs),
    }
}

fn answer(name: &BlobName, blob: Blob, part: bool) -> Response {
    let etag = format!("\"{}\"", blob.etag);
    let end = blob.start + (blob.bytes.len() as u64).saturating_sub(1);
    let content_range = format!("bytes {}-{end}/{}", blob.start, blob.size);
    let mut response = blob.bytes.into_response();
    set(&mut response, CONTENT_TYPE, name.media_type().mime());
    if part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        set(&mut response, CONTENT_RANGE, &content_range);
    }
    dressed(response, &etag)
}

/// Adds the headers of every answer: cached for a year, usable on any page, and harmless even if
/// the file were a page.
fn dressed(mut response: Response, etag: &str) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, FOREVER);
    set(&mut response, ETAG, etag);
    set(&mut response, ACCEPT_RANGES, "bytes");
    set(&mut response, RESOURCE_POLICY, "cross-origin");
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    response
}

fn unsatisfiable(size: u64) -> Response {
    let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    set(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether `If-None-Match` names `etag`, or everything; weak tags count (RFC 9110 §13.1.2).
fn names(headers: &HeaderMap, etag: &str) -> bool {
    let is = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag;
    text(headers, IF_NONE_MATCH).is_some_and(|list| list.split(',').any(|tag| is(tag.trim())))
}

/// The route of the pictures at `path`, served by `handler`.
pub fn route<S, H, T>(path: &'static str, summary: &'static str, handler: H) -> Route<S>
where
    S: Clone + Send + Sync + 'static,
    H: Handler<T, S>,
    T: 'static,
{
    Route::get(path, summary, handler)
        .sends("Content-Range", "Which bytes of how many these are.")
        .describe("The address of a picture never shows another one, so it may be kept for a year.")
        .access(Access::Public)
        .parameter(
            "path",
            "name",
            json!({"type": "string"}),
            "As in the address that was given out.",
        )
        .answers_bare(
            200,
            "The picture.",
            Some(Content { media_type: "image/*", schema: None, example: None }),
        )
        .answers_bare(206, "The part that `Range` asks for.", None)
        .tagged()
}
