//! The event catalog and the AsyncAPI document over HTTP.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};
use selfsame_web::{Access, CachedBody, Content, Route};
use serde_json::json;

use crate::Integrations;
use crate::event_catalog::Catalog;

/// The documents change only with the program; the entity tag makes revalidation cheap.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

fn document(ready: &CachedBody, headers: &HeaderMap) -> Response {
    let mut response = ready.respond(headers);
    response.headers_mut().insert(CACHE_CONTROL, CACHED);
    response
}

async fn show_catalog(
    State(integrations): State<Arc<Integrations>>,
    headers: HeaderMap,
) -> Response {
    document(integrations.event_catalog.catalog_body(), &headers)
}

async fn show_asyncapi(
    State(integrations): State<Arc<Integrations>>,
    headers: HeaderMap,
) -> Response {
    document(integrations.event_catalog.asyncapi_body(), &headers)
}

pub(super) fn routes() -> Vec<Route<Arc<Integrations>>> {
    let example = json!({
        "envelope": {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Event", "type": "object"},
        "events": [{
            "type": "alias.created", "feature": "aliases", "summary": "Somebody has put on an alias.",
            "othersHear": "envelope", "onlyForOwner": [], "schema": {"type": "object"}, "example": {},
        }],
    });
    let document = Content {
        media_type: "application/json",
        schema: None,
        example: Some(
            json!({"asyncapi": "3.0.0", "info": {"title": "Selfsame events", "version": "1.0.0"}}),
        ),
    };
    vec![
        Route::get(
            "/events/catalog",
            "Every type of event, with its schema and an example",
            show_catalog,
        )
        .access(Access::Public)
        .answers::<Catalog>(200, "The catalogue.", example),
        Route::get(
            "/asyncapi.json",
            "Where events are to be had, as an AsyncAPI 3.0 document",
            show_asyncapi,
        )
        .access(Access::Public)
        .tagged()
        .answers_bare(200, "The document.", Some(document)),
    ]
}
