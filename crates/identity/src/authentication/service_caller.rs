//! The extractor of the calling service.

use axum::extract::FromRequestParts;
use http::request::Parts;
use selfsame_web::{Client, Code, Detail, Problem, Scope};

use super::{Authenticates, service_secret, service_token};
use crate::service_tokens::{ServiceToken, ServiceTokens};

/// A service whose token is valid and has the scope of the route.
#[derive(Clone, Debug)]
pub struct ServiceCaller {
    /// Its token as stored.
    pub token: ServiceToken,
    /// Where the request came from.
    pub client: Client,
}

impl ServiceCaller {
    /// Refuses a token without the scope of the route.
    fn check_scope(&self, parts: &Parts) -> Result<(), Problem> {
        let Scope(scope) = parts.extensions.get().copied().ok_or_else(Problem::internal)?;
        if self.token.allows(scope) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden, Detail::NoScope { scope: scope.to_owned() }))
    }
}

impl<S: Authenticates> FromRequestParts<S> for ServiceCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identity = state.identity();
        let Ok(client) = Client::from_request_parts(parts, state).await;
        let secret = service_secret(&parts.headers).ok_or_else(refused)?;
        let token = service_token(identity, secret).await?.ok_or_else(refused)?;
        let tokens = ServiceTokens {
            store: &*identity.platform.store,
            keys: &identity.platform.keys,
            random: &*identity.platform.random,
        };
        tokens.touch(secret, identity.platform.now()).await?;
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
