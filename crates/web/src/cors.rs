//! Which other origins a browser lets call us (the Fetch standard, "CORS protocol").

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const TAKEN: HeaderValue = HeaderValue::from_static(
    "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id",
);
const EXPOSED: HeaderValue =
    HeaderValue::from_static("ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const ONE_DAY: HeaderValue = HeaderValue::from_static("86400");

/// The origins that may call, e.g. `https://app.example.com`; `*` lets all call, but without cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
    everybody: bool,
}

impl Cors {
    pub(crate) fn new(origins: &[String]) -> Self {
        let everybody = origins.iter().any(|origin| origin == "*");
        let value = |origin: &String| HeaderValue::from_str(origin.trim_end_matches('/')).ok();
        Self {
            origins: origins.iter().filter(|origin| *origin != "*").filter_map(value).collect(),
            everybody,
        }
    }

    fn is_off(&self) -> bool {
        self.origins.is_empty() && !self.everybody
    }

    /// Whether this is a browser's question before the request proper, which no route ever sees.
    pub(crate) fn is_preflight(&self, method: &Method, headers: &HeaderMap) -> bool {
        method == Method::OPTIONS
            && !self.is_off()
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Says in `headers` whether the page at `origin` may read the answer.
    pub(crate) fn allow(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) -> bool {
        if self.is_off() {
            return false;
        }
        // Also where the request names no origin: a cache must not give this answer to one that does.
        headers.append(VARY, VARY_ORIGIN);
        let Some(origin) = origin else { return false };
        if self.origins.contains(origin) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        } else if self.everybody {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            return false;
        }
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        true
    }

    /// Answers the question before the request proper.
    pub(crate) fn answer(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if self.allow(origin, headers) {
            headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, TAKEN);
            headers.insert(ACCESS_CONTROL_MAX_AGE, ONE_DAY);
        }
    }
}
