//! Whose limit a call counts towards, and how many profiles of others an account may read.

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

/// Profiles of others that an account may read: far more than a person does, and too few to copy
/// everybody's.
const READS: RateLimitPolicy = RateLimitPolicy::new("profile-reads", 1200, Duration::from_mins(1));
/// Tokens of services that are known by heart.
const SERVICES: usize = 1024;
/// How long a token of a service is believed to be good. This decides only towards which limit its
/// calls count.
const BELIEVED: Duration = Duration::from_mins(1);

/// Takes one of the profiles that the account of `viewer` may read. Who has no account is limited
/// by their address.
pub fn take_read(identity: &Identity, viewer: &Viewer) -> Result<(), Problem> {
    let Some(caller) = &viewer.0 else { return Ok(()) };
    identity
        .platform
        .rate_limiter
        .take(READS, caller.id(), identity.platform.clock.monotonic())
        .map(drop)
}

/// Identifies callers by what their tokens prove, for the limits of `RateLimitLayer`.
#[must_use]
pub fn callers(identity: &Arc<Identity>) -> Arc<dyn Callers> {
    let services = Cache::new(SERVICES);
    Arc::new(Known { identity: Arc::clone(identity), hasher: RandomState::default(), services })
}

struct Known {
    identity: Arc<Identity>,
    /// Drawn anew by every process: nobody can make themselves the same caller as somebody else.
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

    /// Whether memory says that the account works and the session was there when it was last looked
    /// for. A token whose session has ended is a stranger's: it must not lift the limit of its
    /// address, nor use up that of the account, which is its owner's.
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

    /// The same, where the store is asked for what memory does not have. A newcomer whom another
    /// issuer has signed in has no account yet that anybody could use up.
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
