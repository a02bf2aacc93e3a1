//! The security headers of every response (OWASP Secure Headers Project).

use std::time::Duration;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, Entry, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// HSTS (RFC 6797): how long browsers must use TLS. Sent where the service is reached over TLS.
#[derive(Clone, Debug)]
pub struct Hsts(Option<HeaderValue>);

impl Hsts {
    /// For this time, and for subdomains too if `subdomains`. Zero sends no header.
    #[must_use]
    pub fn new(how_long: Duration, subdomains: bool) -> Self {
        let below = if subdomains { "; includeSubDomains" } else { "" };
        let value = HeaderValue::try_from(format!("max-age={}{below}", how_long.as_secs())).ok();
        Self(value.filter(|_| !how_long.is_zero()))
    }
}

impl Default for Hsts {
    /// Two years, as the preload list asks for at least one.
    fn default() -> Self {
        Self::new(Duration::from_hours(730 * 24), false)
    }
}

/// The security headers that this installation sends.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    hsts: Option<HeaderValue>,
}

impl SecurityHeaders {
    pub(crate) fn new(https: bool, hsts: Hsts) -> Self {
        Self { hsts: hsts.0.filter(|_| https) }
    }

    /// Adds them to `headers`, but for those that a route has set itself: pages need another
    /// policy, pictures may be embedded and kept.
    pub(crate) fn put(&self, id: &str, headers: &mut HeaderMap) {
        headers.reserve(10);
        headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
        default(headers, CONTENT_SECURITY_POLICY, NOTHING);
        default(headers, REFERRER_POLICY, NO_REFERRER);
        default(headers, CACHE_CONTROL, NO_STORE);
        default(headers, RESOURCE_POLICY, SAME_ORIGIN);
        if let Some(hsts) = &self.hsts {
            headers.insert(STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, id);
        }
    }
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if let Entry::Vacant(entry) = headers.entry(name) {
        entry.insert(value);
    }
}
