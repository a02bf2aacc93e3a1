//! The routes of operators: alive, ready, counted.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use selfsame_basics::{Secret, same_secret};
use selfsame_web::{Access, Content, Problem, Ready, Route};
use serde_json::json;

use crate::health::Health;
use crate::metrics::{self, SharedMetrics};

/// `/healthz`, `/readyz` and `/metrics`.
#[must_use]
pub fn routes(health: Arc<Health>, metrics: SharedMetrics, token: Option<Secret>) -> Vec<Route<()>> {
    vec![alive(), ready(health), counted(metrics, token)]
}

fn status(text: &str) -> Content {
    Content { media_type: "application/json", schema: None, example: Some(json!({"status": text})) }
}

fn alive() -> Route<()> {
    let answer = async |headers: HeaderMap| Ready::json(r#"{"status":"ok"}"#).respond(&headers);
    Route::get("/healthz", "Whether the process lives", answer).access(Access::Public).answers_bare(
        200,
        "It does.",
        Some(status("ok")),
    )
}

fn ready(health: Arc<Health>) -> Route<()> {
    let answer = async move || {
        let report = health.report().await;
        let code = if report.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (code, axum::Json(report)).into_response()
    };
    Route::get("/readyz", "Whether requests can be served, with each dependency and its latency", answer)
        .access(Access::Public)
        .answers_bare(200, "They can.", Some(status("ready")))
        .answers_bare(503, "A dependency is down.", Some(status("not ready")))
}

fn counted(metrics: SharedMetrics, token: Option<Secret>) -> Route<()> {
    let answer = async move |headers: HeaderMap| {
        if token.as_ref().is_some_and(|token| !is_shown(token, &headers)) {
            return Problem::unauthenticated().into_response();
        }
        text(&metrics)
    };
    let content = Content { media_type: metrics::CONTENT_TYPE, schema: None, example: None };
    Route::get("/metrics", "Everything that is counted, for Prometheus", answer)
        .access(Access::Public)
        .answers_bare(200, "The metrics.", Some(content))
}

fn is_shown(token: &Secret, headers: &HeaderMap) -> bool {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    shown.is_some_and(|shown| same_secret(shown, token.expose().as_bytes()))
}

fn text(metrics: &metrics::Metrics) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE))], metrics.text()).into_response()
}
