//! Rate limit policies, and what a caller has left of one.

use std::time::Duration;

use axum::response::{IntoResponseParts, ResponseParts};
use http::{HeaderMap, HeaderName, HeaderValue};

/// `limit` requests per `window`: at once or spread, refilled at an even rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimitPolicy {
    /// The name in the headers: lower-case letters, digits and `-`.
    pub name: &'static str,
    /// Requests per window; 0 is no limit.
    pub limit: u32,
    /// The time in which a used-up limit refills, at least a millisecond.
    pub window: Duration,
}

impl RateLimitPolicy {
    /// No limit.
    pub const FREE: Self = Self::new("free", 0, Duration::from_mins(1));

    /// `limit` requests per `window`.
    #[must_use]
    pub const fn new(name: &'static str, limit: u32, window: Duration) -> Self {
        Self { name, limit, window }
    }

    /// The nanoseconds in which one request refills.
    pub(crate) fn interval(&self) -> u64 {
        let window = u64::try_from(self.window.as_nanos()).unwrap_or(u64::MAX);
        (window / u64::from(self.limit.max(1))).max(1)
    }

    /// The nanoseconds in which all requests refill: the window, rounded down to whole intervals.
    pub(crate) fn burst(&self) -> u64 {
        self.interval().saturating_mul(u64::from(self.limit))
    }
}

/// What is left of a policy after a request. As part of a response it adds the headers
/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimitState {
    /// The policy.
    pub policy: RateLimitPolicy,
    /// The requests that are allowed at once.
    pub remaining: u32,
    /// The seconds until all requests are allowed again.
    pub reset: u64,
}

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

impl RateLimitState {
    /// Adds the headers; those of other policies stay. A policy without a limit has none.
    pub fn put(&self, headers: &mut HeaderMap) {
        let RateLimitPolicy { name, limit, window } = self.policy;
        if limit == 0 {
            return;
        }
        let policy = format!("\"{name}\";q={limit};w={}", window.as_secs().max(1));
        let state = format!("\"{name}\";r={};t={}", self.remaining, self.reset);
        for (header, text) in [(POLICY, policy), (LIMIT, state)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(header, value);
            }
        }
    }
}

impl IntoResponseParts for RateLimitState {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        self.put(parts.headers_mut());
        Ok(parts)
    }
}
