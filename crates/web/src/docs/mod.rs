//! Pages that explain the API: made once at the start, from the OpenAPI document, without scripts.

mod example;
mod fields;
mod html;
mod operation;
mod page;
mod problem;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::noted::RouteLayer;
use crate::{Code, Problem, Ready};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// Kept, but asked for again every time: the entity tag makes that cheap.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
const HTML: &str = "text/html; charset=utf-8";

/// `/openapi.json`, `/docs`, `/docs/style.css` and `/problems/{code}`.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(document: &Value) -> Router<S> {
    let json = serde_json::to_vec(document).unwrap_or_default();
    let sheet = include_str!("style.css");
    Router::new()
        .route("/openapi.json", page("/openapi.json", "application/json", json))
        .route("/docs", page("/docs", HTML, page::page(document)))
        .route("/docs/style.css", page("/docs/style.css", "text/css; charset=utf-8", sheet))
        .route("/problems/{code}", get(explain).route_layer(layer("/problems/{code}")))
}

fn layer(path: &'static str) -> RouteLayer {
    RouteLayer { path, body_limit: 0 }
}

fn page<S: Clone + Send + Sync + 'static>(
    path: &'static str,
    media_type: &'static str,
    bytes: impl Into<Bytes>,
) -> MethodRouter<S> {
    let ready = Ready::json(bytes);
    let respond = move || std::future::ready(respond(&ready, media_type));
    get(respond).route_layer(layer(path))
}

fn respond(page: &Ready, media_type: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, ASK_AGAIN),
        (ETAG, page.etag.clone()),
    ];
    (headers, Body::from(page.bytes.clone())).into_response()
}

/// What the `type` of a problem leads to: a page for browsers, JSON for others.
async fn explain(Path(code): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let code = Code::ALL.iter().find(|known| known.as_str() == code).ok_or_else(Problem::not_found)?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(if accept.contains("text/html") {
        respond(&Ready::json(problem::page(*code)), HTML)
    } else {
        respond(&Ready::json(problem::json(*code).to_string()), "application/json")
    })
}
