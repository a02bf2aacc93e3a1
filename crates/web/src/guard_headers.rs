//! The headers that tell browsers to be careful (OWASP Secure Headers Project), on every answer.

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
/// Two years, as the preload list asks for at least one.
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Which of them this installation sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GuardHeaders {
    https: bool,
}

impl GuardHeaders {
    pub(crate) const fn new(https: bool) -> Self {
        Self { https }
    }

    /// Adds them to `headers`, but for those that a route has set itself: pages need another policy, pictures may be
    /// embedded and kept.
    pub(crate) fn put(self, id: &str, headers: &mut HeaderMap) {
        headers.reserve(10);
        headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
        default(headers, CONTENT_SECURITY_POLICY, NOTHING);
        default(headers, REFERRER_POLICY, NO_REFERRER);
        default(headers, CACHE_CONTROL, NO_STORE);
        default(headers, RESOURCE_POLICY, SAME_ORIGIN);
        if self.https {
            headers.insert(STRICT_TRANSPORT_SECURITY, TWO_YEARS);
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
