//! How often one address may call at all.

use std::fmt;
use std::sync::Arc;

use http::Request;
use http::header::AUTHORIZATION;
use selfsame_basics::Clock;

use crate::{Allowance, Client, Policy, Problem, Throttle};

/// A limit for each address on everything under `/auth/`, where passwords and codes are guessed, and one on everything
/// that comes without a token. (One with a bad token is refused before it costs anything.)
#[derive(Clone)]
pub struct Gate {
    /// Where calls are counted.
    pub throttle: Arc<Throttle>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// For paths under `/auth/`, whoever calls.
    pub auth: Policy,
    /// For other paths, where the call has no `Authorization`.
    pub strangers: Policy,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("auth", &self.auth)
            .field("strangers", &self.strangers)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// Counts `request` where one of the limits concerns it.
    pub(crate) fn pass<B>(&self, request: &Request<B>) -> Result<Option<Allowance>, Problem> {
        let Some(policy) = self.policy(request).filter(|policy| policy.limit > 0) else { return Ok(None) };
        let Some(client) = request.extensions().get::<Client>() else { return Ok(None) };
        self.throttle.check_ip(policy, client.ip, self.clock.now()).map(Some)
    }

    fn policy<B>(&self, request: &Request<B>) -> Option<Policy> {
        if request.uri().path().starts_with("/auth/") {
            return Some(self.auth);
        }
        (!request.headers().contains_key(AUTHORIZATION)).then_some(self.strangers)
    }
}
