//! `GET /.well-known/jwks.json`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use schemars::JsonSchema;
use selfsame_web::{Access, Content, Problem, Route};
use serde_json::json;

use crate::Identity;

/// A JWK set (RFC 7517 §5).
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used: the keys are kept as JSON")]
struct JwkSet {
    /// The public keys, each with `kty`, `crv`, `x`, `y`, `kid`, `alg` and `use`.
    keys: Vec<serde_json::Map<String, serde_json::Value>>,
}

async fn jwks(State(identity): State<Arc<Identity>>) -> Result<Response, Problem> {
    let set = identity.tokens.jwks().await?;
    let headers =
        [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, set.to_string()).into_response())
}

pub(super) fn routes() -> Vec<Route<Arc<Identity>>> {
    let example = json!({"keys": [{
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig",
        "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    }]});
    let content = Content {
        media_type: "application/jwk-set+json",
        schema: Some(<JwkSet as JsonSchema>::json_schema),
        example: Some(example),
    };
    vec![
        Route::get("/.well-known/jwks.json", "The public keys of access tokens", jwks)
            .describe(
                "Other services verify access tokens with these keys. A new key is shown here for 15 minutes before it signs; \
                 an old one stays for a day after its last token.",
            )
            .access(Access::Public)
            .answers_bare(200, "All keys that are valid now.", Some(content)),
    ]
}
