//! All routes of all features, and what is known about them.

use axum::Router;

use crate::{Feature, Problem, docs, openapi, render};

/// A router of the routes of `features` and of the pages that explain them (`/openapi.json`,
/// `/docs`, `/problems/{code}`); other paths and methods are refused with problems.
///
/// # Panics
/// When two routes have the same method and path: a mistake that the first start shows.
pub fn router<S: Clone + Send + Sync + 'static>(
    features: &'static [Feature<S>],
    state: S,
) -> Router {
    let routes = features.iter().flat_map(|feature| (feature.routes)());
    routes
        .fold(docs::routes(move || openapi(features)), |router, route| route.mount(router))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || render::method_not_allowed())
        .with_state(state)
}
