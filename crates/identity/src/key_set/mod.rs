//! The keys that access tokens are verified with, as a JSON Web Key Set (RFC 7517).

mod http;

use std::sync::Arc;

use selfsame_web::Feature;

use crate::Identity;

/// The feature.
pub const FEATURE: Feature<Arc<Identity>> = Feature {
    name: "tokens",
    promise: "Access tokens that any service can verify, and that the tokens of other issuers are as good as.",
    routes: http::routes,
    events: Vec::new,
    metrics: &[],
    subscribers: &[],
};
