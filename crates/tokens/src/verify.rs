//! Issue and verification of tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use selfsame_platform::Platform;
use selfsame_primitives::{Clock, Keys, Random, SessionId, Timestamp, UserId, new_ulid};
use selfsame_store::StoreError;
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::denial::Denial;
use crate::issuers::{
    ExternalIssuer, ExternalTokenError, FRESH, Issuer, JwksFetcher, Newcomer, Vouched,
};
use crate::jwt::JwtParts;
use crate::signing::{KeyRing, KeyState, OwnKey, SigningKeys};

/// Cached verified tokens, so that a signature is checked once: at most about 1 kB each.
const CAPACITY: usize = 50_000;
/// Longer tokens are verified every time, so that the cache stays small.
const LONGEST_KEPT: usize = 4096;

/// What the operator decides about tokens.
#[derive(Clone, Debug)]
pub struct TokenSettings {
    /// How long an access token is good.
    pub access: Duration,
    /// How long a session lives after its last refresh.
    pub session: Duration,
    /// How long a session that was found is assumed to exist. A commit of this node ends it at
    /// once. Where several nodes share a store without invalidation, zero makes each request read
    /// the store.
    pub believed: Duration,
    /// Other issuers whose tokens are valid.
    pub issuers: Vec<Issuer>,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            access: Duration::from_mins(15),
            session: Duration::from_hours(30 * 24),
            believed: Duration::from_mins(5),
            issuers: Vec::new(),
        }
    }
}

/// A verified token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedToken {
    /// The user.
    pub user: UserId,
    /// The session, for tokens of this service.
    pub session: Option<SessionId>,
    /// The number of the key that it is signed with, for tokens of this service.
    key: Option<u32>,
    /// The claims of another issuer.
    pub foreigner: Option<Arc<Foreigner>>,
    /// Until when the verification counts, at most until the token expires.
    pub until: Timestamp,
}

/// A user signed in by another issuer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Foreigner {
    /// When they last authenticated with the issuer.
    pub proven_at: Option<Timestamp>,
    /// Whether they become a user, if they are none.
    pub may_become_user: bool,
    /// Their claims.
    pub newcomer: Newcomer,
}

/// Why a token is refused.
#[derive(Debug, Error)]
pub enum TokenError {
    /// It is not good, or not any more.
    #[error("the token is not good: {}", .0.words())]
    Refused(Denial),
    /// Its issuer's keys can't be had.
    #[error("the keys of the token's issuer can't be fetched")]
    IssuerUnavailable,
    /// The service's own keys can't be had.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Issues and verifies tokens.
pub struct TokenService {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// `iss` and `aud` of the service's own tokens.
    own: String,
    access: Duration,
    keys: Arc<Keys>,
    signing: SigningKeys,
    issuers: Vec<ExternalIssuer>,
    source: Arc<dyn JwksFetcher>,
    verified: Cache<Box<str>, Arc<VerifiedToken>>,
}

impl fmt::Debug for TokenService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.own)
    }
}

#[derive(Serialize)]
struct OwnClaims<'c> {
    iss: &'c str,
    aud: &'c str,
    sub: &'c UserId,
    sid: &'c SessionId,
    iat: i64,
    exp: i64,
    jti: String,
}

impl TokenService {
    /// Tokens of this service, and of the issuers in `settings`, whose keys `source` fetches.
    #[must_use]
    pub fn new(platform: &Platform, source: Arc<dyn JwksFetcher>, settings: TokenSettings) -> Self {
        let Platform { store, journal, clock, random, keys, urls, .. } = platform;
        let signing = SigningKeys::new(
            Arc::clone(journal),
            Arc::clone(store),
            Arc::clone(clock),
            Arc::clone(random),
            Arc::clone(keys),
        );
        Self {
            clock: Arc::clone(clock),
            random: Arc::clone(random),
            own: urls.public.clone(),
            access: settings.access,
            keys: Arc::clone(keys),
            signing,
            issuers: settings.issuers.into_iter().map(ExternalIssuer::new).collect(),
            source,
            verified: Cache::new(CAPACITY),
        }
    }

    /// How long an access token is good.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.access
    }

    /// An access token for `user` in `session`.
    pub async fn issue(&self, user: &UserId, session: &SessionId) -> Result<String, StoreError> {
        let now = self.clock.now();
        let claims = OwnClaims {
            iss: &self.own,
            aud: &self.own,
            sub: user,
            sid: session,
            iat: now.seconds(),
            exp: now.plus(self.access).seconds(),
            jti: new_ulid(now, &*self.random),
        };
        let ring = self.signing.ring().await?;
        let key = ring
            .signer(now)
            .ok_or_else(|| StoreError::Corrupt("there is no signing key".into()))?;
        #[expect(clippy::expect_used, reason = "the claims are texts and numbers")]
        Ok(key.sign(&serde_json::to_vec(&claims).expect("claims are JSON")))
    }

    /// The cached verification of `token`, if it is still valid. Never waits.
    #[must_use]
    pub fn cached(&self, token: &str) -> Option<Arc<VerifiedToken>> {
        let ring = self.signing.cached()?;
        let is_good = |verified: &Arc<VerifiedToken>| {
            self.clock.now() < verified.until && verified.key.is_none_or(|number| ring.has(number))
        };
        self.verified.get(token).filter(is_good)
    }

    /// Verifies `token`.
    pub async fn verify(&self, token: &str) -> Result<Arc<VerifiedToken>, TokenError> {
        let ring = self.signing.ring().await?;
        if let Some(verified) = self.cached(token) {
            return Ok(verified);
        }
        let verified = Arc::new(self.check(token, &ring).await?);
        if token.len() <= LONGEST_KEPT {
            self.verified.insert(token.into(), Arc::clone(&verified));
        }
        Ok(verified)
    }

    /// Makes the next use read the signing keys again: another node may have rotated or withdrawn
    /// one.
    pub fn doubt(&self) {
        self.signing.doubt();
    }

    async fn check(&self, token: &str, ring: &KeyRing) -> Result<VerifiedToken, TokenError> {
        let parts = JwtParts::split(token).ok_or(TokenError::Refused(Denial::Malformed))?;
        if let Some(key) = signed_by(&ring.keys, &parts) {
            return self.check_own(&parts, key).map_err(TokenError::Refused);
        }
        let claims = parts.claims().ok_or(TokenError::Refused(Denial::Malformed))?;
        if claims.iss.as_ref() == Some(&self.own) {
            let ring = self.signing.reload_keys().await?;
            let key =
                signed_by(&ring.keys, &parts).ok_or(TokenError::Refused(Denial::Signature))?;
            return self.check_own(&parts, key).map_err(TokenError::Refused);
        }
        let mut error = ExternalTokenError::Refused(Denial::Issuer);
        let now = self.clock.now();
        for issuer in self.issuers.iter().filter(|issuer| issuer.is_named_by(&claims)) {
            match issuer.verify(&parts, &claims, (&self.own, &self.keys), now, &self.source).await {
                Ok(vouched) => return Ok(external_caller(issuer, vouched, now)),
                Err(ExternalTokenError::NoKeys) => error = ExternalTokenError::NoKeys,
                Err(refused) if error != ExternalTokenError::NoKeys => error = refused,
                Err(_) => {}
            }
        }
        Err(match error {
            ExternalTokenError::NoKeys => TokenError::IssuerUnavailable,
            ExternalTokenError::Refused(denial) => TokenError::Refused(denial),
        })
    }

    fn check_own(&self, parts: &JwtParts<'_>, key: &OwnKey) -> Result<VerifiedToken, Denial> {
        let signature = parts.signature().ok_or(Denial::Malformed)?;
        if !key.public.verifies(parts.signed, &signature) {
            return Err(Denial::Signature);
        }
        let (claims, now) = (parts.claims().ok_or(Denial::Malformed)?, self.clock.now());
        if claims.iss.as_deref() != Some(&self.own) || !claims.is_for(&self.own) {
            return Err(Denial::Audience);
        }
        let until = claims.good_until(now, 0.0).ok_or(Denial::Expired)?;
        let user = claims.sub.and_then(|sub| UserId::parse(&sub).ok()).ok_or(Denial::Subject)?;
        let session =
            claims.sid.and_then(|sid| SessionId::parse(&sid).ok()).ok_or(Denial::Malformed)?;
        Ok(VerifiedToken {
            user,
            session: Some(session),
            key: Some(key.number),
            foreigner: None,
            until,
        })
    }

    /// The public keys that the service's tokens can be verified with (RFC 7517 §5).
    pub async fn jwks(&self) -> Result<Value, StoreError> {
        let ring = self.signing.ring().await?;
        let keys: Vec<&Value> = ring.keys.iter().map(|key| &key.jwk).collect();
        Ok(serde_json::json!({ "keys": keys }))
    }

    /// Fails where there is no key to sign with.
    pub async fn can_sign(&self) -> Result<(), StoreError> {
        self.signing.ring().await.map(drop)
    }

    /// Makes a new signing key. It signs after a quarter of an hour, when everybody can have it;
    /// the old ones verify for a day after that.
    pub async fn rotate(&self) -> Result<(), StoreError> {
        self.signing.rotate().await
    }

    /// Withdraws the signing key that is called `kid`: no token that is signed with it is taken any
    /// more. Where it is the one that signs, a new one takes its place at once. Says whether there
    /// was such a key.
    pub async fn revoke_key(&self, kid: &str) -> Result<bool, StoreError> {
        self.signing.revoke(kid).await
    }

    /// The signing keys, oldest first.
    pub async fn signing_keys(&self) -> Result<Vec<KeyState>, StoreError> {
        self.signing.states().await
    }

    /// Makes a new signing key, as [`TokenService::rotate`] does, where the newest is older than
    /// `age`; says whether there is a new one now. Any number of nodes may ask: one new key comes
    /// of it.
    pub async fn rotate_after(&self, age: Duration) -> Result<bool, StoreError> {
        self.signing.rotate_after(age).await
    }
}

/// The key whose header the token has, byte by byte. For the service's own tokens the header is
/// compared, never interpreted.
fn signed_by<'k>(keys: &'k [OwnKey], parts: &JwtParts<'_>) -> Option<&'k OwnKey> {
    keys.iter().find(|key| key.header == parts.header)
}

/// The verification of a token of another issuer counts no longer than its cached keys: else a
/// token would outlive a withdrawn key.
fn external_caller(issuer: &ExternalIssuer, vouched: Vouched, now: Timestamp) -> VerifiedToken {
    let Vouched { user, until, proven_at, newcomer } = vouched;
    let foreigner = Foreigner { proven_at, may_become_user: issuer.issuer.create_users, newcomer };
    let until = until.min(now.plus(FRESH));
    VerifiedToken { user, session: None, key: None, foreigner: Some(Arc::new(foreigner)), until }
}
