//! 304 for what the caller has already (RFC 9110 §13.1.2 and §15.4.5).

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderValue, Method, Request, StatusCode};

/// The entity tags in a request for something to read.
pub(crate) fn known_tags<B>(request: &Request<B>) -> Option<HeaderValue> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    request.headers().get(IF_NONE_MATCH).filter(|_| is_read).cloned()
}

/// Makes `response` a 304 where its entity tag is among `known`.
pub(crate) fn not_modified(known: Option<&HeaderValue>, response: &mut Response) {
    let Some(known) = known else { return };
    let tag = response.headers().get(ETAG);
    if response.status() == StatusCode::OK && tag.is_some_and(|tag| names(known, tag)) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
}

/// Weak comparison: a tag of ours that a proxy has weakened (because it compressed the body) still
/// names the same.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let strong = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
    let own = strong(tag.as_bytes());
    known
        .as_bytes()
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|given| given == b"*" || strong(given) == own)
}
