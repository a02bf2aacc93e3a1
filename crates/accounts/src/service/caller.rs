//! Which service is calling.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use selfsame_web::{Client, Code, Detail, Problem, Scope};

use crate::App;
use crate::caller::{service_secret, service_token};
use crate::service_tokens::{ServiceToken, ServiceTokens};

/// Another service, whose token is good and has the scope that the route asks for.
#[derive(Clone, Debug)]
pub struct ServiceCaller {
    /// Its token, as it is kept.
    pub token: ServiceToken,
    /// Where the request came from.
    pub client: Client,
}

impl ServiceCaller {
    /// Refuses a caller whose token does not have what the route asks for.
    fn check_scope(&self, parts: &Parts) -> Result<(), Problem> {
        let Scope(scope) = parts.extensions.get().copied().ok_or_else(Problem::internal)?;
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
        let secret = service_secret(&parts.headers).ok_or_else(refused)?;
        let token = service_token(app, secret).await?.ok_or_else(refused)?;
        let tokens = ServiceTokens { store: &*app.store, keys: &app.keys, random: &*app.random };
        tokens.touch(secret, app.now()).await?;
        let caller = Self { token, client };
        caller.check_scope(parts)?;
        Ok(caller)
    }
}

fn refused() -> Problem {
    Problem {
        denial: Some("This is no service token, or it was revoked"),
        ..Problem::new(Code::Unauthenticated, Detail::ServiceToken)
    }
}
