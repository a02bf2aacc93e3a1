//! How often one address may call at all.

use std::fmt;
use std::sync::Arc;

use http::Request;
use http::header::AUTHORIZATION;
use selfsame_basics::Clock;

use crate::{Allowance, Client, Policy, Problem, Throttle};

/// A limit for each address: one of their own for some paths, whoever calls, and one for everything else that comes without a
/// token. (A call with a bad token is refused before it costs anything.)
#[derive(Clone)]
pub struct Gate {
    /// Where calls are counted.
    pub throttle: Arc<Throttle>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// Paths with a limit of their own; the first that fits counts. One that ends in `*` stands for all that start like it.
    /// [`Policy::FREE`] for what costs nothing, such as files from memory.
    pub paths: Vec<(&'static str, Policy)>,
    /// For other paths, where the call has no `Authorization`.
    pub strangers: Policy,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("paths", &self.paths)
            .field("strangers", &self.strangers)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// Counts `request` where one of the limits concerns it.
    pub(crate) fn pass<B>(&self, request: &Request<B>) -> Result<Option<Allowance>, Problem> {
        let Some(policy) = self.policy(request).filter(|policy| policy.limit > 0) else { return Ok(None) };
        let Some(client) = request.extensions().get::<Client>() else { return Ok(None) };
        self.throttle.check_ip(policy, client.ip, self.clock.monotonic()).map(Some)
    }

    fn policy<B>(&self, request: &Request<B>) -> Option<Policy> {
        let path = request.uri().path();
        if let Some((_, policy)) = self.paths.iter().find(|(pattern, _)| fits(pattern, path)) {
            return Some(*policy);
        }
        (!request.headers().contains_key(AUTHORIZATION)).then_some(self.strangers)
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    pattern.strip_suffix('*').map_or(path == pattern, |start| path.starts_with(start))
}
