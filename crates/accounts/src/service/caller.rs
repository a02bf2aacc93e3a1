//! Which service is calling.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use selfsame_web::{Client, Code, Detail, Problem};

use crate::App;
use crate::service_tokens::{ServiceToken, ServiceTokens};

/// Another service, whose token is good.
#[derive(Clone, Debug)]
pub struct ServiceCaller {
    /// Its token, as it is kept.
    pub token: ServiceToken,
    /// Where the request came from.
    pub client: Client,
}

impl ServiceCaller {
    /// Refuses a caller whose token does not have `scope`.
    pub fn require(&self, scope: &str) -> Result<(), Problem> {
        if self.token.allows(scope) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden, Detail::NoScope { scope: scope.to_owned() }))
    }
}

impl FromRequestParts<Arc<App>> for ServiceCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Ok(client) = Client::from_request_parts(parts, app).await;
        let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, secret) = given.and_then(|text| text.split_once(' ')).ok_or_else(refused)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(refused());
        }
        let tokens = ServiceTokens { store: &*app.store, keys: &app.keys, random: &*app.random };
        let token = tokens.find(secret.trim()).await?.filter(|token| token.revoked_at.is_none());
        let token = token.ok_or_else(refused)?;
        tokens.touch(secret.trim(), app.now()).await?;
        Ok(Self { token, client })
    }
}

fn refused() -> Problem {
    Problem::new(Code::Unauthenticated, Detail::ServiceToken)
}
