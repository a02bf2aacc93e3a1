//! A generated avatar as a response.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use selfsame_generated_avatars::{Svg, VERSION};
use selfsame_primitives::base64url;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Any page may show these pictures: they are public.
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");

/// The response may be cached, and is revalidated each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("public, no-cache");

/// The media type of the response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AvatarFormat {
    Svg,
    /// A PNG with so many pixels a side.
    Png(u32),
}

impl AvatarFormat {
    const fn content_type(self) -> HeaderValue {
        match self {
            Self::Svg => HeaderValue::from_static("image/svg+xml"),
            Self::Png(_) => HeaderValue::from_static("image/png"),
        }
    }
}

/// How long a response may be cached without revalidation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CacheLifetime {
    /// The same URL always shows the same picture.
    Forever,
    /// The picture follows changes of its owner, after this time at the latest.
    For(Duration),
}

impl CacheLifetime {
    fn header(self) -> HeaderValue {
        match self {
            Self::Forever => HeaderValue::from_static("public, max-age=31536000, immutable"),
            Self::For(Duration::ZERO) => ASK_AGAIN,
            Self::For(time) => HeaderValue::try_from(format!("public, max-age={}", time.as_secs()))
                .unwrap_or(ASK_AGAIN),
        }
    }
}

/// What a picture is drawn from, known before any pixel is drawn: enough to answer a conditional
/// request.
#[derive(Debug)]
pub(super) struct GeneratedAvatar {
    pub(super) svg: Svg,
    pub(super) form: AvatarFormat,
    pub(super) lifetime: CacheLifetime,
}

impl GeneratedAvatar {
    /// The entity tag: equal ones are the same picture.
    pub(super) fn tag(&self) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, self.svg.as_str().as_bytes());
        let name = base64url(hash.as_ref().split_at(12).0);
        match self.form {
            AvatarFormat::Svg => format!("{VERSION}-{name}"),
            AvatarFormat::Png(size) => format!("{VERSION}-{name}-{size}"),
        }
    }

    /// Whether the caller has the picture, by `If-None-Match`.
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        let tag = format!("\"{}\"", self.tag());
        let names = |given: &str| given == "*" || given.trim_start_matches("W/") == tag;
        let given = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        given.is_some_and(|list| list.split(',').any(|one| names(one.trim())))
    }

    /// 200 with `bytes`.
    pub(super) fn answer(&self, bytes: Bytes) -> Response {
        (self.headers(), [(CONTENT_TYPE, self.form.content_type())], bytes).into_response()
    }

    /// 304.
    pub(super) fn not_modified(&self) -> Response {
        (StatusCode::NOT_MODIFIED, self.headers()).into_response()
    }

    fn headers(&self) -> HeaderMap {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.tag()));
        let tag = tag.ok().map(|tag| (ETAG, tag));
        let fixed = [(CACHE_CONTROL, self.lifetime.header()), (RESOURCE_POLICY, CROSS_ORIGIN)];
        fixed.into_iter().chain(tag).collect()
    }
}
