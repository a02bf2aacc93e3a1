//! Pages that document the API, rendered from the OpenAPI document on first use, without scripts.

mod example;
mod fields;
mod html;
mod operation;
mod page;
mod problem;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::route_layer::RouteLayer;
use crate::{Access, CachedBody, Code, Problem};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// Cached, but revalidated every time: the entity tag makes that cheap.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
const HTML: &str = "text/html; charset=utf-8";

/// The rendered documents, made on first use: rendering takes longer than the rest of the start.
struct Explained {
    json: CachedBody,
    page: CachedBody,
}

type Lazy = LazyLock<Explained, Box<dyn FnOnce() -> Explained + Send + Sync>>;

/// `/openapi.json`, `/docs`, `/docs/style.css` and `/problems/{code}`.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(
    document: impl FnOnce() -> Value + Send + Sync + 'static,
) -> Router<S> {
    let explained: Arc<Lazy> = Arc::new(LazyLock::new(Box::new(|| {
        let document = document();
        Explained {
            json: CachedBody::json(serde_json::to_vec(&document).unwrap_or_default()),
            page: CachedBody::json(page::page(&document)),
        }
    })));
    let sheet = CachedBody::json(include_str!("style.css"));
    let (document, docs) = (Arc::clone(&explained), explained);
    Router::new()
        .route(
            "/openapi.json",
            page("/openapi.json", move || respond(&document.json, "application/json")),
        )
        .route("/docs", page("/docs", move || respond(&docs.page, HTML)))
        .route(
            "/docs/style.css",
            page("/docs/style.css", move || respond(&sheet, "text/css; charset=utf-8")),
        )
        .route("/problems/{code}", get(explain).route_layer(layer("/problems/{code}")))
}

fn layer(path: &'static str) -> RouteLayer {
    RouteLayer { path, access: Access::Public, body_limit: 0 }
}

fn page<S: Clone + Send + Sync + 'static>(
    path: &'static str,
    answer: impl Fn() -> Response + Clone + Send + Sync + 'static,
) -> MethodRouter<S> {
    get(move || std::future::ready(answer())).route_layer(layer(path))
}

fn respond(page: &CachedBody, media_type: &'static str) -> Response {
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
    let code =
        Code::ALL.iter().find(|known| known.as_str() == code).ok_or_else(Problem::not_found)?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(if accept.contains("text/html") {
        respond(&CachedBody::json(problem::page(*code)), HTML)
    } else {
        respond(&CachedBody::json(problem::json(*code).to_string()), "application/json")
    })
}
