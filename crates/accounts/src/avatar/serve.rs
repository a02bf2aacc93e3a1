//! The route that gives pictures out, to browsers or to the CDN before them.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use selfsame_blobs::{Blob, BlobError, BlobName, ByteRange};
use selfsame_web::Problem;

use super::names::FOLDER;
use super::problem;
use crate::Shared;

/// A name is never used for another content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// `GET /avatars/{name}`.
pub(super) async fn get(
    State(app): State<Shared>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = BlobName::parse(&format!("{FOLDER}/{file}")).map_err(|_| Problem::not_found())?;
    let range = text(&headers, RANGE).and_then(ByteRange::parse);
    let found = match app.blobs.get(&name, range).await {
        Err(BlobError::Range { size }) => return Ok(unsatisfiable(size)),
        found => found.map_err(problem::of_blobs)?,
    };
    let blob = found.ok_or_else(Problem::not_found)?;
    let etag = format!("\"{}\"", blob.etag);
    if names(&headers, &etag) {
        return Ok(dressed(StatusCode::NOT_MODIFIED.into_response(), &etag));
    }
    if range.is_some() && text(&headers, IF_RANGE).is_some_and(|given| given != etag) {
        let whole = app.blobs.get(&name, None).await.map_err(problem::of_blobs)?;
        return Ok(answer(&name, whole.ok_or_else(Problem::not_found)?, false));
    }
    Ok(answer(&name, blob, range.is_some()))
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

/// With everything that holds for every answer: kept for a year, shown anywhere, and harmless even if it were a page.
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
