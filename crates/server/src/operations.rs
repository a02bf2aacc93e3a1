//! The routes of operators: liveness, readiness, metrics.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use selfsame_primitives::{Secret, same_secret};
use selfsame_web::{Access, CachedBody, Client, Code, Content, Detail, Problem, Route};
use serde_json::json;

use crate::health::Health;
use crate::metrics::{self, SharedMetrics};

/// The paths of all of them.
pub const PATHS: &[&str] = &["/healthz", "/readyz", "/metrics"];

/// Whether the service is stopping: `/readyz` says so at once, while requests are still served.
#[derive(Clone, Debug, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Marks the service as stopping.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// `/healthz` and `/readyz`.
#[must_use]
pub fn probes(health: Arc<Health>, stopping: Stopping) -> Vec<Route<()>> {
    vec![alive(), ready(health, stopping)]
}

fn status(text: &str) -> Content {
    Content { media_type: "application/json", schema: None, example: Some(json!({"status": text})) }
}

fn alive() -> Route<()> {
    let answer =
        async |headers: HeaderMap| CachedBody::json(r#"{"status":"ok"}"#).respond(&headers);
    Route::get("/healthz", "Whether the process lives", answer).access(Access::Public).answers_bare(
        200,
        "It does.",
        Some(status("ok")),
    )
}

fn ready(health: Arc<Health>, stopping: Stopping) -> Route<()> {
    let answer = async move || {
        if stopping.has_begun() {
            return (StatusCode::SERVICE_UNAVAILABLE, axum::Json(json!({"status": "stopping"})))
                .into_response();
        }
        let report = health.report().await;
        let code = if report.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (code, axum::Json(report)).into_response()
    };
    Route::get(
        "/readyz",
        "Whether requests can be served, with each dependency and its latency",
        answer,
    )
    .access(Access::Public)
    .answers_bare(200, "They can.", Some(status("ready")))
    .answers_bare(
        503,
        "A dependency is down, or the service was told to stop.",
        Some(status("not ready")),
    )
}

/// `/metrics`: for callers with `token`, or, where there is none, for callers from this machine and
/// from private networks.
#[must_use]
pub fn counted(metrics: SharedMetrics, token: Option<Secret>) -> Route<()> {
    let answer = async move |client: Client, headers: HeaderMap| match &token {
        Some(token) if !is_shown(token, &headers) => Problem::unauthenticated().into_response(),
        None if !is_near(client.ip) => {
            Problem::new(Code::Forbidden, Detail::OnlyNearby).into_response()
        }
        _ => text(&metrics),
    };
    let content = Content { media_type: metrics::CONTENT_TYPE, schema: None, example: None };
    Route::get("/metrics", "Everything that is counted, for Prometheus", answer)
        .access(Access::Public)
        .answers_bare(200, "The metrics.", Some(content))
}

fn is_shown(token: &Secret, headers: &HeaderMap) -> bool {
    let shown =
        headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    shown.is_some_and(|shown| same_secret(shown, token.expose().as_bytes()))
}

/// Whether `address` is this machine's, or of a private network (RFC 1918, RFC 4193, RFC 3927, RFC
/// 4291 §2.5.6).
fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

fn text(metrics: &metrics::Metrics) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE))], metrics.text())
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_private_networks_are_near() {
        for near in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_near(near.parse().unwrap()), "{near}");
        }
        for far in
            ["0.0.0.0", "192.0.2.1", "172.32.0.1", "8.8.8.8", "2001:db8::1", "::ffff:8.8.8.8"]
        {
            assert!(!is_near(far.parse().unwrap()), "{far}");
        }
    }
}
