//! Who is calling, as far as a token shows it.

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

/// A signed-in user, whose token and session are good and whose account works.
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
    /// The revision that the session was found at.
    alive: Option<Revision>,
    /// What another issuer says of them, where that signed them in.
    pub(crate) foreigner: Option<Arc<Foreigner>>,
}

impl SignedIn {
    /// Lets them try to show anew who they are, or says how long to wait.
    pub(crate) async fn attempt(&self, identity: &Identity) -> Result<LoginAttempt, Problem> {
        let ip = || self.client.ip.to_string();
        let from = self.session.as_ref().map_or_else(ip, ToString::to_string);
        let (device, clock) = (format!("user/{}/{from}", self.id()), &*identity.platform.clock);
        identity.login_backoff.attempt_from_known_device(&device, clock).await.map_err(retry_later)
    }

    /// `person`, whom another issuer has signed in: there is no session here.
    #[must_use]
    pub fn visiting(person: Arc<UserSnapshot>, until: Timestamp, client: Client) -> Self {
        Self { person, session: None, until, client, alive: None, foreigner: None }
    }

    /// Their id.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.person.user_id
    }

    /// The origin of what they ask for. What they change, they change by [`SignedIn::change`].
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.client.origin(self.session.as_ref())
    }

    /// Who changes something, as the journal takes it: their changes are made only while their
    /// account works and their session is there.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let session = self.session.as_ref().zip(self.alive);
        let session = session
            .map(|(id, revision)| KnownSession { key: Session::key(self.id(), id), revision });
        Actor { user: self.id().clone(), session, origin: self.origin() }
    }

    /// [`selfsame_events::Journal::change_by`] of what is theirs.
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

    /// The same, for rules whose refusals the caller wants to see.
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

/// Whoever changes what is `user`'s: they themselves, or something else on its own account.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// The user, who is signed in.
    Owner(&'a SignedIn),
    /// A duty, an operator, another service, or a link that was mailed: what `Origin` says.
    Other(&'a UserId, &'a Origin),
}

impl By<'_> {
    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        match self {
            Self::Owner(caller) => caller.id(),
            Self::Other(user, _) => user,
        }
    }

    /// [`selfsame_events::Journal::change`], or [`selfsame_events::Journal::change_by`] where it is
    /// the owner who asks.
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

/// Whoever is looking: with a token that must be good, or without one.
#[derive(Clone, Debug)]
pub struct Viewer(pub Option<SignedIn>);

impl Viewer {
    /// Notes that the profile of `shown` was read.
    pub fn record_read(&self, identity: &Identity, client: &Client, shown: &UserId) {
        let reader = self.0.as_ref().map(|caller| (caller.id(), caller.origin()));
        identity.signals.record_profile_read(reader, client, shown, identity.platform.now());
    }

    /// As whom they look at `user`.
    #[must_use]
    pub fn audience(&self, user: &UserId) -> Audience {
        match &self.0 {
            None => Audience::Public,
            Some(caller) if caller.id() == user => Audience::Owner,
            Some(_) => Audience::Authenticated,
        }
    }
}

/// The state of a route that takes who is calling.
pub trait Authenticates: Send + Sync {
    /// What looks at tokens.
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

/// Who is calling, if there is a token. A request whose token, user and session are known waits for
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

/// Identifies callers by what their tokens prove, for requests with an `Idempotency-Key`: a token
/// that was refreshed meanwhile is of the same session, and so of the same caller. Other sessions
/// of a user are other callers, since answers may be meant for one (signing out, proofs of
/// identity). A service is named by its token. Who has no good token has no name.
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

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1). Anything else in that header is not
/// good, rather than not there.
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

/// The token of a service, where that is what `headers` show.
pub(crate) fn service_secret(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).ok().flatten().filter(|token| token.starts_with(PREFIX))
}

/// The token `secret` of a service, where it is good.
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

/// A session is there or it is not: no token outlives it. The answer is the revision it was found
/// at.
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
