//! All routes of all features, and what is known about them.

use axum::Router;

use crate::{BoundFeature, FeatureInfo, Problem, docs, openapi, render};

/// A router of the routes of `features` and of the pages that explain them (`/openapi.json`,
/// `/docs`, `/problems/{code}`); other paths and methods are refused with problems.
///
/// # Panics
/// When two routes have the same method and path: a mistake that the first start shows.
pub fn router(features: Vec<BoundFeature>) -> Router {
    let (infos, routes): (Vec<FeatureInfo>, Vec<_>) =
        features.into_iter().map(|feature| (feature.info, feature.routes)).unzip();
    routes
        .into_iter()
        .flatten()
        .fold(docs::routes(move || openapi(&infos)), |router, route| route.mount(router))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || render::method_not_allowed())
}
