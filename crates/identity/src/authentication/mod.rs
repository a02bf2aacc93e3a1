//! Authentication of requests by their tokens.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use selfsame_events::{Actor, Changes, KnownSession, Loaded, Origin, Refused, Status};
use selfsame_primitives::{SessionId, Timestamp, UserId};
use selfsame_store::{Key, Revision, StoreError};
use selfsame_web::{CallerIdentifier, Client, Code, Detail, Problem, note_language};

use crate::Identity;
use crate::login_backoff::{LoginAttempt, retry_later};
use crate::provisioning::provision_external_user;
use crate::service_tokens::{PREFIX, ServiceToken, ServiceTokens};
use selfsame_platform::Platform;
use selfsame_tokens::{Denial, Foreigner, TokenError, VerifiedToken};
use selfsame_users::records::Session;
use selfsame_users::visibility::Audience;
use selfsame_users::{user_cache::Alive, user_cache::UserSnapshot};

mod service_caller;

pub use service_caller::ServiceCaller;

/// A signed-in user. Token and session are valid, and the account is active.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user, as they were when the request came.
    pub person: Arc<UserSnapshot>,
    /// The session; none for tokens of other issuers.
    pub session: Option<SessionId>,
    /// Until when the token is known to be good.
    pub until: Timestamp,
    /// Where the request came from.
    pub client: Client,
    /// The revision at which the session was found. Changes are guarded by it, so they cost no read
    /// of the session (decision 0044).
    alive: Option<Revision>,
    /// The claims of another issuer, where the token is not ours.
    pub(crate) foreigner: Option<Arc<Foreigner>>,
}

impl SignedIn {
    /// Admits an attempt to reauthenticate, or gives the wait.
    pub(crate) async fn attempt(&self, identity: &Identity) -> Result<LoginAttempt, Problem> {
        let ip = || self.client.ip.to_string();
        let from = self.session.as_ref().map_or_else(ip, ToString::to_string);
        let (device, clock) = (format!("user/{}/{from}", self.id()), &*identity.platform.clock);
        identity.login_backoff.attempt_from_known_device(&device, clock).await.map_err(retry_later)
    }

    /// The user of a token of another issuer, without a session here.
    #[must_use]
    pub fn visiting(person: Arc<UserSnapshot>, until: Timestamp, client: Client) -> Self {
        Self { person, session: None, until, client, alive: None, foreigner: None }
    }

    /// Their id.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.person.user_id
    }

    /// The origin of their changes, which are made by [`SignedIn::change`].
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.client.origin(self.session.as_ref())
    }

    /// The actor for the journal. It guards the commit: the account must be active and the session
    /// must exist (decision 0044).
    #[must_use]
    pub fn actor(&self) -> Actor {
        let session = self.session.as_ref().zip(self.alive);
        let session = session
            .map(|(id, revision)| KnownSession { key: Session::key(self.id(), id), revision });
        Actor { user: self.id().clone(), session, origin: self.origin() }
    }

    /// [`selfsame_events::Journal::change_by`] for their own partition.
    pub async fn change<T, E, F>(
        &self,
        platform: &Platform,
        keys: &[Key],
        rule: F,
    ) -> Result<T, Problem>
    where
        E: From<StoreError> + Into<Problem>,
        F: Fn(&Loaded) -> Result<(Changes, T), E>,
    {
        Ok(platform.journal.change_by(self.id(), keys, &self.actor(), rule).await?)
    }

    /// The same, for callers that handle the rule's errors.
    pub async fn change_or<T, E, F>(
        &self,
        platform: &Platform,
        keys: &[Key],
        rule: F,
    ) -> Result<T, E>
    where
        E: From<StoreError> + From<Problem>,
        F: Fn(&Loaded) -> Result<(Changes, T), E>,
    {
        platform.journal.change_by(self.id(), keys, &self.actor(), rule).await.map_err(|refused| {
            match refused {
                Refused::Rule(refusal) => refusal,
                Refused::Actor => Problem::from(Refused::<Problem>::Actor).into(),
            }
        })
    }
}

/// The party that changes a user's data.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// The user, who is signed in.
    Owner(&'a SignedIn),
    /// A subscriber, an operator, another service, or a mailed link, as `Origin` says.
    Other(&'a UserId, &'a Origin),
}

impl By<'_> {
    /// The user whose data it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        match self {
            Self::Owner(caller) => caller.id(),
            Self::Other(user, _) => user,
        }
    }

    /// [`selfsame_events::Journal::change`]; for the owner [`selfsame_events::Journal::change_by`].
    pub async fn change<T, E, F>(&self, platform: &Platform, keys: &[Key], rule: F) -> Result<T, E>
    where
        E: From<StoreError> + From<Problem>,
        F: Fn(&Loaded) -> Result<(Changes, T), E>,
    {
        match self {
            Self::Owner(caller) => caller.change_or(platform, keys, rule).await,
            Self::Other(user, origin) => platform.journal.change(user, keys, origin, rule).await,
        }
    }
}

/// The viewer of a public route: with a token that must be valid, or without one.
#[derive(Clone, Debug)]
pub struct Viewer(pub Option<SignedIn>);

impl Viewer {
    /// Records that the profile of `shown` was read.
    pub fn record_read(&self, identity: &Identity, client: &Client, shown: &UserId) {
        let reader = self.0.as_ref().map(|caller| (caller.id(), caller.origin()));
        identity.signals.record_profile_read(reader, client, shown, identity.platform.now());
    }

    /// The audience that the viewer belongs to for `user`.
    #[must_use]
    pub fn audience(&self, user: &UserId) -> Audience {
        match &self.0 {
            None => Audience::Public,
            Some(caller) if caller.id() == user => Audience::Owner,
            Some(_) => Audience::Authenticated,
        }
    }
}

/// A state with which routes can authenticate callers.
pub trait Authenticates: Send + Sync {
    /// The state that verifies tokens.
    fn identity(&self) -> &Identity;
}

impl Authenticates for Identity {
    fn identity(&self) -> &Identity {
        self
    }
}

impl<T: Authenticates + ?Sized> Authenticates for Arc<T> {
    fn identity(&self) -> &Identity {
        (**self).identity()
    }
}

impl<S: Authenticates> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        authenticate(parts, state.identity()).await?.ok_or_else(Problem::unauthenticated)
    }
}

impl<S: Authenticates> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        authenticate(parts, state.identity()).await.map(Self)
    }
}

/// The caller, if there is a token. A request whose token, user and session are cached waits for
/// nothing.
async fn authenticate(parts: &Parts, identity: &Identity) -> Result<Option<SignedIn>, Problem> {
    let client = Client::of(parts);
    let Some(token) = bearer(&parts.headers)? else { return Ok(None) };
    let verified = match identity.tokens.cached(token) {
        Some(verified) => verified,
        None => identity.tokens.verify(token).await.map_err(refusal)?,
    };
    let person = find(identity, &verified, &client).await?;
    if person.status != Status::Active {
        return Err(denied(Denial::Account));
    }
    let alive = match &verified.session {
        Some(session) => Some(check_alive(identity, &person, session).await?),
        None => None,
    };
    identity.users.last_seen.mark_seen(&person, identity.platform.now());
    note_language(person.profile.preferences.language);
    let visiting = SignedIn::visiting(person, verified.until, client);
    let (session, foreigner) = (verified.session.clone(), verified.foreigner.clone());
    Ok(Some(SignedIn { session, alive, foreigner, ..visiting }))
}

/// Identifies callers for requests with an `Idempotency-Key`, by the session of their token: after
/// a refresh it is still the same caller. Other sessions of a user are other callers, since an
/// answer may be meant for one alone (signing out, reauthentication). A service is identified by
/// its token. Without a valid token there is no identity.
#[must_use]
pub fn identify_callers(identity: &Arc<Identity>) -> CallerIdentifier {
    let identity = Arc::clone(identity);
    Arc::new(move |parts| {
        let identity = Arc::clone(&identity);
        Box::pin(async move { name(parts, &identity).await })
    })
}

async fn name(parts: &Parts, identity: &Identity) -> Result<Option<String>, Problem> {
    if let Some(secret) = service_secret(&parts.headers) {
        let token = service_token(identity, secret).await?;
        return Ok(token.map(|token| format!("service/{}", token.id)));
    }
    match authenticate(parts, identity).await {
        Ok(caller) => Ok(caller.map(|caller| {
            let session = caller.session.as_ref().map_or("-", SessionId::as_str);
            format!("{}/{session}", caller.id())
        })),
        Err(problem) if problem.code == Code::Unauthenticated => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1). Anything else in that header is an
/// invalid token, not a missing one.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let parts = value.to_str().ok().and_then(|text| text.split_once(' '));
    match (parts, given.next()) {
        (Some((scheme, token)), None) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(token.trim()))
        }
        _ => Err(denied(Denial::Malformed)),
    }
}

/// The token in `headers`, where it has the prefix of service tokens.
pub(crate) fn service_secret(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).ok().flatten().filter(|token| token.starts_with(PREFIX))
}

/// The stored token of `secret`, where it is valid.
pub(crate) async fn service_token(
    identity: &Identity,
    secret: &str,
) -> Result<Option<ServiceToken>, StoreError> {
    let tokens = ServiceTokens {
        store: &*identity.platform.store,
        keys: &identity.platform.keys,
        random: &*identity.platform.random,
    };
    Ok(tokens.find(secret).await?.filter(|token| token.revoked_at.is_none()))
}

fn denied(denial: Denial) -> Problem {
    Problem::denied(denial.words())
}

fn refusal(error: TokenError) -> Problem {
    match error {
        TokenError::Refused(denial) => denied(denial),
        TokenError::IssuerUnavailable => {
            Problem::new(Code::Unavailable, Detail::IssuerDown).retry_after(30)
        }
        TokenError::Store(error) => error.into(),
    }
}

async fn find(
    identity: &Identity,
    verified: &VerifiedToken,
    client: &Client,
) -> Result<Arc<UserSnapshot>, Problem> {
    if let Some(person) = identity.users.cache.get(&verified.user).await? {
        return Ok(person);
    }
    let foreigner = verified.foreigner.as_ref().filter(|foreigner| foreigner.may_become_user);
    let foreigner = foreigner.ok_or_else(|| denied(Denial::User))?;
    provision_external_user(identity, &verified.user, &foreigner.newcomer, client).await?;
    identity.users.cache.get(&verified.user).await?.ok_or_else(|| denied(Denial::User))
}

/// Checks that the session exists: no token outlives it. Returns the revision at which it was
/// found.
pub(crate) async fn check_alive(
    identity: &Identity,
    person: &UserSnapshot,
    session: &SessionId,
) -> Result<Revision, Problem> {
    let now = identity.platform.now();
    if let Some(alive) = person.live_session(session).filter(|alive| now < alive.until) {
        return Ok(alive.revision);
    }
    let item = identity.platform.store.get(&Session::key(&person.user_id, session)).await?;
    let Some((until, revision)) = item.and_then(|item| Some((item.expires_at?, item.revision)))
    else {
        person.forget_session(session);
        return Err(denied(Denial::Session));
    };
    let until = until.min(now.plus(identity.settings.tokens.believed));
    person.note_session(Alive { session: session.clone(), revision, until });
    Ok(revision)
}

#[cfg(test)]
mod tests;
