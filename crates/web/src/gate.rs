//! How often one caller may call at all.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request};
use selfsame_basics::Clock;

use crate::{Allowance, Client, Policy, Problem, Throttle};

/// Whoever has shown a good token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Caller {
    /// Tells callers apart: all tokens of one account are one caller.
    pub key: u64,
    /// Whether it is a service, not an account.
    pub is_service: bool,
}

/// Tells whose token a request shows. What a token says of itself lifts no limit before it was
/// verified.
pub trait Callers: Send + Sync + 'static {
    /// Whose it is, where the token was verified before. Never waits.
    fn known(&self, headers: &HeaderMap) -> Option<Caller>;

    /// Whose it is, where it is good; one that can't be verified now counts as not good.
    fn verify<'h>(&'h self, headers: &'h HeaderMap) -> BoxFuture<'h, Option<Caller>>;
}

/// The limits of everybody: some paths have one of their own for each address, whoever calls;
/// elsewhere a caller whose token is good has one, and an address that shows none has one.
///
/// A request with a token that was not verified yet counts as one without. It is refused only after
/// the token was looked at, so that nobody who shares an address with a flood is shut out by it.
#[derive(Clone)]
pub struct Gate {
    /// Where calls are counted.
    pub throttle: Arc<Throttle>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// Paths with a limit of their own; the first that fits counts. One that ends in `*` stands for
    /// all that start like it. [`Policy::FREE`] for what costs nothing, such as files from memory.
    pub paths: Vec<(&'static str, Policy)>,
    /// For other paths, where the call has no good token.
    pub strangers: Policy,
    /// For other paths, all calls of an account.
    pub accounts: Policy,
    /// For other paths, all calls with the token of a service.
    pub services: Policy,
    /// Who tells whose a token is.
    pub callers: Arc<dyn Callers>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("paths", &self.paths)
            .field("strangers", &self.strangers)
            .field("accounts", &self.accounts)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// What the gate says of a request at once.
pub(crate) enum Passed {
    /// It may pass, or not; with what is left, where that is told.
    Decided(Result<Option<Allowance>, Problem>),
    /// Its address may call no more, and whether its token is good is not known.
    Doubtful(Problem),
}

impl Gate {
    /// Counts `request` where one of the limits concerns it.
    pub(crate) fn pass<B>(&self, request: &Request<B>) -> Passed {
        let Some(client) = request.extensions().get::<Client>() else {
            return Passed::Decided(Ok(None));
        };
        let of_address = |policy| self.throttle.check_ip(policy, client.ip, self.clock.monotonic());
        let path = request.uri().path();
        if let Some((_, policy)) = self.paths.iter().find(|(pattern, _)| fits(pattern, path)) {
            let is_free = policy.limit == 0;
            return Passed::Decided(if is_free { Ok(None) } else { of_address(*policy).map(Some) });
        }
        let shows_token = request.headers().contains_key(AUTHORIZATION);
        if shows_token && let Some(caller) = self.callers.known(request.headers()) {
            return Passed::Decided(self.count(caller));
        }
        match of_address(self.strangers) {
            Err(problem) if shows_token => Passed::Doubtful(problem),
            counted => Passed::Decided(counted.map(Some)),
        }
    }

    /// Counts a request with `headers` whose address may call no more, where its token is good;
    /// else it is refused with `problem`.
    pub(crate) async fn look_closer(
        &self,
        headers: &HeaderMap,
        problem: Problem,
    ) -> Result<Option<Allowance>, Problem> {
        match self.callers.verify(headers).await {
            Some(caller) => self.count(caller),
            None => Err(problem),
        }
    }

    /// What is left is told once half of it is used: until then the headers would only make every
    /// answer longer.
    fn count(&self, caller: Caller) -> Result<Option<Allowance>, Problem> {
        let policy = if caller.is_service { self.services } else { self.accounts };
        let left = self.throttle.check(policy, caller.key, self.clock.monotonic())?;
        Ok((left.remaining < policy.limit / 2).then_some(left))
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(path == pattern, |start| path.starts_with(start))
}
