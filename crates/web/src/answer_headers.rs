//! Headers of answers beyond those that a route declares: OpenAPI lists them, CORS exposes them.

use http::{Method, StatusCode};

use crate::{Answer, Code, RouteInfo};

/// Those that any answer may have.
pub(crate) const EVERYWHERE: [&str; 3] = ["RateLimit", "RateLimit-Policy", "X-Request-Id"];

/// Those of a good answer of `route`.
pub(crate) fn of_answer(route: &RouteInfo, answer: &Answer) -> Vec<&'static str> {
    let own = [
        ("ETag", answer.enveloped || route.is_tagged),
        ("Idempotent-Replayed", route.method == Method::POST),
        ("Link", route.has_pages()),
    ];
    let own = own.into_iter().filter_map(|(name, is_sent)| is_sent.then_some(name));
    own.chain(EVERYWHERE).collect()
}

/// Those of an answer with one of the problems `codes`.
pub(crate) fn of_problems(codes: &[Code]) -> Vec<&'static str> {
    let is_waited_for = |code: &Code| {
        matches!(code, Code::IdempotencyInFlight | Code::RateLimited | Code::Unavailable)
    };
    let own = [
        ("Content-Language", true),
        ("Retry-After", codes.iter().any(is_waited_for)),
        ("Vary", true),
        ("WWW-Authenticate", codes.iter().any(|code| code.status() == StatusCode::UNAUTHORIZED)),
    ];
    let own = own.into_iter().filter_map(|(name, is_sent)| is_sent.then_some(name));
    own.chain(EVERYWHERE).collect()
}
