//! All routes of all features, and what is known about them.

use axum::Router;

use crate::{Feature, Problem, render};

/// A router of the routes of `features`; other paths and methods are refused with problems.
///
/// # Panics
/// When two routes have the same method and path: a mistake that the first start shows.
pub fn router<S: Clone + Send + Sync + 'static>(features: &[Feature<S>], state: S) -> Router {
    let routes = features.iter().flat_map(|feature| (feature.routes)());
    routes
        .fold(Router::new(), |router, route| route.mount(router))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || render::method_not_allowed())
        .with_state(state)
}
