//! Answers when all is well.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use selfsame_primitives::base64url;
use serde::Serialize;

use crate::{Code, Detail, Problem};

/// `{"success":true,"message":…,"data":…}`.
#[derive(Clone, Debug, Serialize)]
pub struct Reply<T> {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    data: T,
    #[serde(skip)]
    status: StatusCode,
}

impl<T: Serialize> Reply<T> {
    /// 200 with `data`.
    #[must_use]
    pub const fn ok(data: T) -> Self {
        Self { success: true, message: None, data, status: StatusCode::OK }
    }

    /// 201 with `data`.
    #[must_use]
    pub const fn created(data: T) -> Self {
        Self { success: true, message: None, data, status: StatusCode::CREATED }
    }

    /// Says `message` to a person.
    #[must_use]
    pub const fn message(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }

    /// The body as bytes with their entity tag, to be sent now or kept.
    #[must_use]
    pub fn ready(&self) -> CachedBody {
        #[expect(
            clippy::expect_used,
            reason = "answers are plain structs with text keys, which JSON can always hold"
        )]
        CachedBody::json(serde_json::to_vec(self).expect("an answer is JSON"))
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let ready = self.ready();
        let headers = [(CONTENT_TYPE, JSON), (ETAG, ready.etag)];
        (self.status, headers, ready.bytes).into_response()
    }
}

/// The `data` of an answer that has nothing more to say.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Nothing {}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A JSON body that is sent as it is, any number of times.
#[derive(Clone, Debug)]
pub struct CachedBody {
    /// The body.
    pub bytes: Bytes,
    /// Its entity tag: a hash of the body, so that it reveals nothing that the body does not show.
    pub etag: HeaderValue,
}

impl CachedBody {
    /// A body of JSON.
    #[must_use]
    pub fn json(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let etag = format!("\"{}\"", base64url(hash.as_ref().split_at(12).0));
        Self {
            etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\"")),
            bytes,
        }
    }

    /// A body of JSON that shows version `version` of something which may be written with
    /// `If-Match`. Its tag holds the version, so that a part of the body that changes by itself
    /// does not make a write stale.
    #[must_use]
    pub fn versioned(self, version: u64) -> Self {
        let tag = self.etag.to_str().unwrap_or_default().trim_matches('"');
        let etag = HeaderValue::from_str(&format!("\"{version}-{tag}\""));
        Self { etag: etag.unwrap_or_else(|_| self.etag.clone()), bytes: self.bytes }
    }

    /// 200 with the body, or 304 where the caller's `If-None-Match` names it.
    #[must_use]
    pub fn respond(&self, headers: &HeaderMap) -> Response {
        if headers.get(IF_NONE_MATCH).is_some_and(|given| names(given, &self.etag)) {
            return (StatusCode::NOT_MODIFIED, [(ETAG, self.etag.clone())]).into_response();
        }
        ([(CONTENT_TYPE, JSON), (ETAG, self.etag.clone())], self.bytes.clone()).into_response()
    }
}

/// What a write says of the version it was made for: its `If-Match` header.
#[derive(Clone, Debug, Default)]
pub struct IfMatch(Option<HeaderValue>);

impl IfMatch {
    /// Refuses a write that was made for another version than `version` (RFC 9110 §13.1.1).
    pub fn check(&self, version: u64) -> Result<(), Problem> {
        let is_for = |tag: &str| {
            let opaque = tag.trim().trim_matches('"');
            opaque == "*"
                || opaque.split('-').next().and_then(|number| number.parse().ok()) == Some(version)
        };
        match &self.0 {
            Some(given) if !given.to_str().is_ok_and(|list| list.split(',').any(is_for)) => {
                Err(Problem::new(Code::VersionConflict, Detail::Stale))
            }
            _ => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.get(IF_MATCH).cloned()))
    }
}

/// Whether the list of entity tags `given` names `etag`, or everything; weak tags count (RFC 9110
/// §13.1.2).
fn names(given: &HeaderValue, etag: &HeaderValue) -> bool {
    let matches = |tag: &str| {
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes()
    };
    given == etag || given.to_str().is_ok_and(|list| list.split(',').any(|tag| matches(tag.trim())))
}
