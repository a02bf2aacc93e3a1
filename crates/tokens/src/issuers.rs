//! Other issuers whose tokens are valid here.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_events::run_to_completion;
use selfsame_primitives::{Keys, Secret, Timestamp, UserId};
use serde_json::Value;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::denial::Denial;
use crate::jwt::{Claims, Header, JwtParts};
use crate::key::{Algorithm, VerifyingKey, read_jwks};

/// Clocks of other issuers may differ by this many seconds (RFC 7519 §4.1.4: "a few minutes" at
/// most).
const LEEWAY: f64 = 60.0;
/// Keys are fetched again after this time, so that a withdrawn one is not used for long.
pub(crate) const FRESH: Duration = Duration::from_mins(10);
/// The least time between two fetches, whatever tokens arrive: unknown key names must not cause a
/// flood of requests to the issuer.
const PAUSE: Duration = Duration::from_secs(30);

/// Fetches key sets. The features have no HTTP client of their own.
#[async_trait]
pub trait JwksFetcher: Send + Sync + 'static {
    /// The body at `url`, or why there is none. Must end by itself: with a time limit and a limit
    /// of size.
    async fn fetch(&self, url: &str) -> Result<Bytes, String>;
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug)]
pub enum IssuerKeys {
    /// RS256, ES256 and `EdDSA` keys at a URL.
    Url(String),
    /// The same, given once: the text of a JWK set.
    Static(String),
    /// HS256 with this secret, which should have at least 32 bytes (RFC 7518 §3.2).
    Shared(Secret),
}

/// How an issuer's subjects become users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ids {
    /// A user is issuer and subject together: the id is a keyed hash of both, so no subject can be
    /// chosen that meets another user's id (decision 0045).
    Own,
    /// The id is the subject with this prefix, which no other ids have.
    Prefixed(String),
    /// The subject is the id: the issuer may name every user.
    Shared,
}

/// Another issuer of tokens. It is trusted to say who a caller is.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The `iss` of its tokens, compared byte by byte.
    pub issuer: String,
    /// What `aud` must name. Without it a token that names an audience must name this service, and
    /// one that names none is taken.
    pub audience: Option<String>,
    /// Its keys.
    pub keys: IssuerKeys,
    /// How its subjects become user ids.
    pub ids: Ids,
    /// Whether an unknown subject becomes a user.
    pub create_users: bool,
    /// Whether a token without `iss` may be from it: only its own secret can have signed it.
    pub may_be_unnamed: bool,
}

/// Why a token of another issuer is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExternalTokenError {
    /// It is not valid.
    Refused(Denial),
    /// Unknown: the issuer's keys were never fetched, and can't be now.
    NoKeys,
}

/// The claims of a valid token of another issuer.
pub(crate) struct Vouched {
    pub(crate) user: UserId,
    pub(crate) until: Timestamp,
    pub(crate) proven_at: Option<Timestamp>,
    pub(crate) newcomer: Newcomer,
}

/// A user of another issuer, by its claims.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Newcomer {
    /// The issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// Their address, as it came.
    pub email: Option<String>,
    /// Whether the issuer has seen that the address is theirs.
    pub email_verified: bool,
    /// Their name, as it came.
    pub name: Option<String>,
    /// Their language, as it came.
    pub locale: Option<String>,
}

impl Newcomer {
    fn of(issuer: &str, claims: &Claims) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            issuer: issuer.to_owned(),
            subject: claims.sub.clone().unwrap_or_default(),
            email: text(&claims.email),
            // Some issuers send it as a text.
            email_verified: claims.email_verified == true || claims.email_verified == "true",
            name: text(&claims.name),
            locale: text(&claims.locale),
        }
    }
}

/// An issuer with its current keys.
pub(crate) struct ExternalIssuer {
    pub(crate) issuer: Issuer,
    cached: Arc<RwLock<CachedJwks>>,
    /// Locked by the request that fetches the keys, with the time of the last fetch.
    asking: Arc<Mutex<Option<Timestamp>>>,
}

#[derive(Clone, Default)]
struct CachedJwks {
    keys: Arc<Vec<VerifyingKey>>,
    fetched_at: Option<Timestamp>,
}

impl fmt::Debug for ExternalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.issuer.fmt(f)
    }
}

impl ExternalIssuer {
    pub(crate) fn new(issuer: Issuer) -> Self {
        let keys = match &issuer.keys {
            IssuerKeys::Url(_) => Vec::new(),
            IssuerKeys::Static(set) => read_jwks(set.as_bytes()).unwrap_or_else(|| {
                tracing::error!(
                    issuer = issuer.issuer,
                    "the keys given for an issuer are not a JWK set"
                );
                Vec::new()
            }),
            IssuerKeys::Shared(secret) => {
                if secret.expose().len() < 32 {
                    tracing::warn!(
                        issuer = issuer.issuer,
                        "a shared secret has fewer than 32 bytes"
                    );
                }
                vec![VerifyingKey::hs256(secret)]
            }
        };
        let cached = CachedJwks { keys: Arc::new(keys), fetched_at: None };
        Self { issuer, cached: Arc::new(RwLock::new(cached)), asking: Arc::default() }
    }

    /// Verifies a token; `own` is the name of this service. The signature comes first: only the
    /// holder of a genuine token learns what else is wrong (decision 0045).
    pub(crate) async fn verify(
        &self,
        parts: &JwtParts<'_>,
        claims: &Claims,
        (own, ids): (&str, &Keys),
        now: Timestamp,
        source: &Arc<dyn JwksFetcher>,
    ) -> Result<Vouched, ExternalTokenError> {
        let header = parts.read_header().ok_or(ExternalTokenError::Refused(Denial::Malformed))?;
        let algorithm =
            Algorithm::parse(&header.alg).ok_or(ExternalTokenError::Refused(Denial::Signature))?;
        let keys = self.keys(&header, algorithm, now, source).await?;
        let signature = parts.signature().ok_or(ExternalTokenError::Refused(Denial::Malformed))?;
        let mut fitting = keys.iter().filter(|key| fits(key, &header, algorithm));
        if !fitting.any(|key| key.verifies(parts.signed, &signature)) {
            return Err(ExternalTokenError::Refused(Denial::Signature));
        }
        self.read(&header, claims, (own, ids), now).map_err(ExternalTokenError::Refused)
    }

    fn read(
        &self,
        header: &Header,
        claims: &Claims,
        (own, ids): (&str, &Keys),
        now: Timestamp,
    ) -> Result<Vouched, Denial> {
        if !header.is_for_access() || !claims.are_for_access() {
            return Err(Denial::Type);
        }
        let meant = match &self.issuer.audience {
            Some(audience) => claims.is_for(audience),
            None => !claims.has_audience() || claims.is_for(own),
        };
        if !meant {
            return Err(Denial::Audience);
        }
        let until = claims.good_until(now, LEEWAY).ok_or_else(|| {
            if claims.has_expired(now, LEEWAY) { Denial::Expired } else { Denial::Time }
        })?;
        let subject = claims.sub.as_deref().filter(|sub| !sub.is_empty()).ok_or(Denial::Subject)?;
        let issuer = &self.issuer.issuer;
        let user = match &self.issuer.ids {
            Ids::Own => Ok(UserId::from_hash(
                &ids.hash("foreign-user", &[issuer.as_bytes(), subject.as_bytes()]),
            )),
            Ids::Prefixed(prefix) => UserId::parse(&format!("{prefix}{subject}")),
            Ids::Shared => UserId::parse(subject),
        };
        Ok(Vouched {
            user: user.map_err(|_| Denial::Subject)?,
            until,
            proven_at: claims.proven_at(),
            newcomer: Newcomer::of(issuer, claims),
        })
    }

    /// Whether the claims name this issuer.
    pub(crate) fn is_named_by(&self, claims: &Claims) -> bool {
        claims
            .iss
            .as_ref()
            .map_or(self.issuer.may_be_unnamed, |issuer| *issuer == self.issuer.issuer)
    }

    /// Keys with the one that `header` names, if the issuer has it. Cached keys stay in use while
    /// the issuer is down.
    async fn keys(
        &self,
        header: &Header,
        algorithm: Algorithm,
        now: Timestamp,
        source: &Arc<dyn JwksFetcher>,
    ) -> Result<Arc<Vec<VerifyingKey>>, ExternalTokenError> {
        let cached = self.cached();
        let IssuerKeys::Url(url) = &self.issuer.keys else { return Ok(cached.keys) };
        if cached.keys.iter().any(|key| fits(key, header, algorithm)) {
            let is_fresh = cached.fetched_at.is_some_and(|at| now.age_of(at) < FRESH);
            // One request refreshes the keys; the others go on with the cached ones.
            if let (false, Ok(asking)) = (is_fresh, Arc::clone(&self.asking).try_lock_owned()) {
                self.ask(url, now, source, asking).await;
            }
        } else {
            let asking = Arc::clone(&self.asking).lock_owned().await;
            self.ask(url, now, source, asking).await;
        }
        let cached = self.cached();
        if cached.fetched_at.is_some() { Ok(cached.keys) } else { Err(ExternalTokenError::NoKeys) }
    }

    /// Fetches the keys, to completion also where the client hangs up: else a client that always
    /// does would abort every fetch, and the keys would never arrive.
    async fn ask(
        &self,
        url: &str,
        now: Timestamp,
        source: &Arc<dyn JwksFetcher>,
        mut last: OwnedMutexGuard<Option<Timestamp>>,
    ) {
        if last.is_some_and(|at| now.age_of(at) < PAUSE) {
            return;
        }
        *last = Some(now);
        let (url, source, cached) = (url.to_owned(), Arc::clone(source), Arc::clone(&self.cached));
        run_to_completion(async move {
            let body = source.fetch(&url).await;
            match body.and_then(|body| read_jwks(&body).ok_or_else(|| "not a JWK set".into())) {
                Ok(keys) => store_cached(
                    &cached,
                    CachedJwks { keys: Arc::new(keys), fetched_at: Some(now) },
                ),
                Err(error) => tracing::warn!(url, error, "the keys of an issuer can't be fetched"),
            }
            // Released only now: waiting requests find the new keys.
            drop(last);
        })
        .await;
    }

    fn cached(&self) -> CachedJwks {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn store_cached(cache: &RwLock<CachedJwks>, cached: CachedJwks) {
    *cache.write().unwrap_or_else(PoisonError::into_inner) = cached;
}

/// Whether `key` may have signed a token with `header`. A token that names no key is tried with
/// every one of its algorithm.
fn fits(key: &VerifyingKey, header: &Header, algorithm: Algorithm) -> bool {
    let named = header.kid.is_none() || key.id.is_none() || key.id == header.kid;
    named && key.algorithm() == algorithm
}
