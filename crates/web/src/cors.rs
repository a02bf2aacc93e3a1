//! CORS: which other origins a browser lets call the service (the Fetch standard, "CORS protocol").

use std::collections::BTreeSet;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use crate::answer_headers::{of_answer, of_problems};
use crate::openapi::common_problems;
use crate::{Code, FeatureInfo, RouteInfo};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// What every request may have.
const TAKEN: &[&str] =
    &["Accept", "Accept-Language", "Authorization", "Content-Type", "X-Request-Id"];
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const ONE_DAY: HeaderValue = HeaderValue::from_static("86400");

/// The headers that pages of other origins may send, and read: those that the routes declare.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorsHeaders {
    taken: BTreeSet<&'static str>,
    exposed: BTreeSet<&'static str>,
}

impl Default for CorsHeaders {
    /// Those of routes that declare none: of requests, and of problems.
    fn default() -> Self {
        Self {
            taken: TAKEN.iter().copied().collect(),
            exposed: of_problems(Code::ALL).into_iter().collect(),
        }
    }
}

impl CorsHeaders {
    /// Those that the routes of `features` declare.
    #[must_use]
    pub fn of(features: &[FeatureInfo]) -> Self {
        let mut all = Self::default();
        features.iter().flat_map(|feature| &feature.routes).for_each(|route| all.add(route));
        all
    }

    fn add(&mut self, route: &RouteInfo) {
        let sent = route.parameters.iter().filter(|parameter| parameter.place == "header");
        self.taken.extend(sent.map(|parameter| parameter.name));
        self.exposed.extend(route.sends.iter().map(|(name, _)| *name));
        self.exposed.extend(route.answers.iter().flat_map(|answer| of_answer(route, answer)));
        self.exposed.extend(of_problems(&common_problems(route)));
        if route.method == Method::POST {
            self.taken.insert("Idempotency-Key");
        }
        if route.has_entity_tag() {
            self.taken.insert("If-None-Match");
        }
    }

    /// Whether pages of other origins may read the header `name` of an answer: it is declared, or
    /// any page may read it (the Fetch standard, "CORS-safelisted response-header name").
    #[must_use]
    pub fn exposes(&self, name: &str) -> bool {
        const SAFE: &[&str] = &[
            "cache-control",
            "content-language",
            "content-length",
            "content-type",
            "expires",
            "last-modified",
            "pragma",
        ];
        SAFE.contains(&name)
            || self.exposed.iter().any(|exposed| exposed.eq_ignore_ascii_case(name))
    }
}

fn list(names: &BTreeSet<&'static str>) -> HeaderValue {
    let names: Vec<_> = names.iter().copied().collect();
    HeaderValue::try_from(names.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

/// The origins that may call, e.g. `https://app.example.com`; `*` lets all call, but without
/// cookies.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    origins: Vec<HeaderValue>,
    everybody: bool,
    taken: HeaderValue,
    exposed: HeaderValue,
}

impl Cors {
    pub(crate) fn new(origins: &[String], headers: &CorsHeaders) -> Self {
        let everybody = origins.iter().any(|origin| origin == "*");
        let value = |origin: &String| HeaderValue::from_str(origin.trim_end_matches('/')).ok();
        Self {
            origins: origins.iter().filter(|origin| *origin != "*").filter_map(value).collect(),
            everybody,
            taken: list(&headers.taken),
            exposed: list(&headers.exposed),
        }
    }

    fn is_off(&self) -> bool {
        self.origins.is_empty() && !self.everybody
    }

    /// Whether this is a preflight request, which no route sees.
    pub(crate) fn is_preflight(&self, method: &Method, headers: &HeaderMap) -> bool {
        method == Method::OPTIONS
            && !self.is_off()
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Sets in `headers` whether the page at `origin` may read the answer.
    pub(crate) fn allow(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) -> bool {
        if self.is_off() {
            return false;
        }
        // Also where the request names no origin: a cache must not give this answer to one that
        // does.
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
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
        true
    }

    /// Answers a preflight request.
    pub(crate) fn answer(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if self.allow(origin, headers) {
            headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, self.taken.clone());
            headers.insert(ACCESS_CONTROL_MAX_AGE, ONE_DAY);
        }
    }
}
