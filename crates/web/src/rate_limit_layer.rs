//! Rate limits before routing: per path, address, account and service.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request};
use selfsame_primitives::Clock;

use crate::{Client, Problem, RateLimitPolicy, RateLimitState, RateLimiter};

/// The account or service that a good token belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Caller {
    /// Tells callers apart: all tokens of one account have one key.
    pub key: u64,
    /// Whether it is a service, not an account.
    pub is_service: bool,
}

/// Finds the caller of a token. What an unverified token claims lifts no limit.
pub trait Callers: Send + Sync + 'static {
    /// The caller, where the token was verified before. Never waits.
    fn known(&self, headers: &HeaderMap) -> Option<Caller>;

    /// The caller, where the token is good. A token that can't be verified now counts as not good.
    fn verify<'h>(&'h self, headers: &'h HeaderMap) -> BoxFuture<'h, Option<Caller>>;
}

/// The rate limits of all requests. Some paths have a limit of their own per address, with and
/// without a token. Elsewhere a caller with a valid token has one, and an address without a token
/// has one (decision 0047).
///
/// A request with an unverified token counts as one without: else any `Authorization` header would
/// lift the limit of its address. It is refused only after the token was verified, so that a flood
/// does not lock out a caller that shares its address.
#[derive(Clone)]
pub struct RateLimitLayer {
    /// Counts the requests.
    pub rate_limiter: Arc<RateLimiter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Paths with a limit of their own; the first match counts. A pattern that ends in `*` matches
    /// every path with that prefix. [`RateLimitPolicy::FREE`] exempts what costs nothing, such as
    /// files from memory.
    pub paths: Vec<(&'static str, RateLimitPolicy)>,
    /// For other paths, per address, where the request has no good token.
    pub anonymous: RateLimitPolicy,
    /// For other paths, per account.
    pub accounts: RateLimitPolicy,
    /// For other paths, per service.
    pub services: RateLimitPolicy,
    /// Finds the callers of tokens.
    pub callers: Arc<dyn Callers>,
}

impl fmt::Debug for RateLimitLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimitLayer")
            .field("paths", &self.paths)
            .field("anonymous", &self.anonymous)
            .field("accounts", &self.accounts)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// The outcome for a request, as far as it is known without waiting.
pub(crate) enum RateLimitDecision {
    /// Allowed or refused; with the state for the headers, where these are sent.
    Final(Result<Option<RateLimitState>, Problem>),
    /// The limit of the address is used up, and the token is not verified yet.
    NeedsVerification(Problem),
}

impl RateLimitLayer {
    /// Counts `request` where one of the limits applies to it.
    pub(crate) fn decide<B>(&self, request: &Request<B>) -> RateLimitDecision {
        let Some(client) = request.extensions().get::<Client>() else {
            return RateLimitDecision::Final(Ok(None));
        };
        let count_address =
            |policy| self.rate_limiter.take_for_ip(policy, client.ip, self.clock.monotonic());
        let path = request.uri().path();
        if let Some((_, policy)) = self.paths.iter().find(|(pattern, _)| matches(pattern, path)) {
            let is_free = policy.limit == 0;
            return RateLimitDecision::Final(if is_free {
                Ok(None)
            } else {
                count_address(*policy).map(Some)
            });
        }
        let has_token = request.headers().contains_key(AUTHORIZATION);
        if has_token && let Some(caller) = self.callers.known(request.headers()) {
            return RateLimitDecision::Final(self.count(caller));
        }
        match count_address(self.anonymous) {
            Err(problem) if has_token => RateLimitDecision::NeedsVerification(problem),
            counted => RateLimitDecision::Final(counted.map(Some)),
        }
    }

    /// Counts a request with `headers` for the caller of its token, after the limit of its address
    /// was used up.
    ///
    /// # Errors
    /// `problem` where the token is not good; `rate_limited` where the caller's limit is used up.
    pub(crate) async fn verify_and_count(
        &self,
        headers: &HeaderMap,
        problem: Problem,
    ) -> Result<Option<RateLimitState>, Problem> {
        match self.callers.verify(headers).await {
            Some(caller) => self.count(caller),
            None => Err(problem),
        }
    }

    /// The state is given once half of the limit is used: until then the headers would only make
    /// every response longer.
    fn count(&self, caller: Caller) -> Result<Option<RateLimitState>, Problem> {
        let policy = if caller.is_service { self.services } else { self.accounts };
        let state = self.rate_limiter.take(policy, caller.key, self.clock.monotonic())?;
        Ok((state.remaining < policy.limit / 2).then_some(state))
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(path == pattern, |prefix| path.starts_with(prefix))
}
