//! The span of a request for an OpenTelemetry collector. Without tracing there is none, and the
//! check costs a look at a flag. It never holds a path, a query, an address or the caller.

use http::{HeaderMap, StatusCode};
use tracing::Span;
use tracing::field::Empty;

/// What `tracing` can't express about spans of requests.
pub trait Trace: Send + Sync {
    /// Makes the new `span` part of the trace that `headers` name (W3C Trace Context), where they
    /// name one.
    fn continue_from(&self, span: &Span, headers: &HeaderMap);

    /// Gives `span` another name.
    fn rename(&self, span: &Span, name: String);
}

/// The span of the request with `id`. Its fields are named as in OpenTelemetry's semantic
/// conventions for HTTP servers.
pub(crate) fn begin(
    trace: Option<&dyn Trace>,
    method: &str,
    id: &str,
    headers: &HeaderMap,
) -> Span {
    let Some(trace) = trace else { return Span::none() };
    let span = tracing::info_span!(
        target: "traces",
        parent: None,
        "request",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        request.id = id,
    );
    if !span.is_disabled() {
        trace.continue_from(&span, headers);
    }
    span
}

/// Records the outcome of the request in `span`.
pub(crate) fn answered(
    trace: Option<&dyn Trace>,
    span: &Span,
    method: &str,
    route: Option<&str>,
    status: StatusCode,
) {
    if span.is_disabled() {
        return;
    }
    if let (Some(trace), Some(route)) = (trace, route) {
        trace.rename(span, format!("{method} {route}"));
        span.record("http.route", route);
    }
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}
