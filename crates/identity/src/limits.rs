//! The callers of rate limits, and the limit of profile reads per account.

use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use foldhash::quality::RandomState;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use quick_cache::sync::Cache;
use selfsame_events::Status;
use selfsame_primitives::MonotonicTime;
use selfsame_web::{Caller, Callers, Problem, RateLimitPolicy};

use crate::service_tokens::PREFIX;
use crate::{Identity, authentication::Viewer};
use crate::{authentication::bearer, authentication::check_alive, authentication::service_token};
use selfsame_tokens::VerifiedToken;

/// Profiles of others that an account may read: far more than a person does, too few to copy all.
const READS: RateLimitPolicy = RateLimitPolicy::new("profile-reads", 1200, Duration::from_mins(1));
/// Cached tokens of services.
const SERVICES: usize = 1024;
/// How long a cached service token counts as valid. It decides only which limit a call counts
/// towards.
const BELIEVED: Duration = Duration::from_mins(1);

/// Takes one of the profile reads of the viewer's account; without an account, of the address.
pub fn take_read(identity: &Identity, viewer: &Viewer) -> Result<(), Problem> {
    let Some(caller) = &viewer.0 else { return Ok(()) };
    identity
        .platform
        .rate_limiter
        .take(READS, caller.id(), identity.platform.clock.monotonic())
        .map(drop)
}

/// Finds the callers of verified tokens for `RateLimitLayer`.
#[must_use]
pub fn callers(identity: &Arc<Identity>) -> Arc<dyn Callers> {
    let services = Cache::new(SERVICES);
    Arc::new(Known { identity: Arc::clone(identity), hasher: RandomState::default(), services })
}

struct Known {
    identity: Arc<Identity>,
    /// Keyed at random per process: no one can choose an id that collides with another caller.
    hasher: RandomState,
    services: Cache<Box<str>, (Caller, MonotonicTime)>,
}

impl Known {
    fn caller(&self, is_service: bool, name: &str) -> Caller {
        Caller { key: self.hasher.hash_one((is_service, name)), is_service }
    }

    fn account(&self, verified: &VerifiedToken) -> Caller {
        self.caller(false, verified.user.as_str())
    }

    /// Whether the cache says that the account is active and the session exists. A token of an
    /// ended session counts as anonymous: a thief who was signed out must neither bypass the limit
    /// of the address nor use up that of the owner (decision 0047).
    fn is_known_to_work(&self, verified: &VerifiedToken) -> bool {
        let person = self
            .identity
            .users
            .cache
            .known(&verified.user)
            .filter(|person| person.status == Status::Active);
        let is_there =
            |session| person.as_ref().is_some_and(|person| person.live_session(session).is_some());
        verified.session.as_ref().map_or(person.is_some(), is_there)
    }

    /// The same, reading from the store what is not cached. A user of another issuer without an
    /// account here has no limit that others could use up.
    async fn works(&self, verified: &VerifiedToken) -> bool {
        match self.identity.users.cache.get(&verified.user).await {
            Ok(Some(person)) if person.status == Status::Active => match &verified.session {
                Some(session) => check_alive(&self.identity, &person, session).await.is_ok(),
                None => true,
            },
            Ok(None) => {
                verified.foreigner.as_ref().is_some_and(|foreigner| foreigner.may_become_user)
            }
            Ok(Some(_)) | Err(_) => false,
        }
    }

    async fn look_up(&self, token: &str) -> Option<Caller> {
        if !token.starts_with(PREFIX) {
            let verified = self.identity.tokens.verify(token).await.ok()?;
            return self.works(&verified).await.then(|| self.account(&verified));
        }
        let service = service_token(&self.identity, token).await.ok()??;
        let caller = self.caller(true, &service.id);
        self.services.insert(
            token.into(),
            (caller, self.identity.platform.clock.monotonic().plus(BELIEVED)),
        );
        Some(caller)
    }
}

impl Callers for Known {
    fn known(&self, headers: &HeaderMap) -> Option<Caller> {
        let token = bearer(headers).ok()??;
        if token.starts_with(PREFIX) {
            let (caller, until) = self.services.get(token)?;
            return (self.identity.platform.clock.monotonic() < until).then_some(caller);
        }
        let verified = self
            .identity
            .tokens
            .cached(token)
            .filter(|verified| self.is_known_to_work(verified))?;
        Some(self.account(&verified))
    }

    fn verify<'h>(&'h self, headers: &'h HeaderMap) -> BoxFuture<'h, Option<Caller>> {
        Box::pin(async move { self.look_up(bearer(headers).ok()??).await })
    }
}

#[cfg(test)]
mod tests;
