//! The service's own signing keys: sealed in the store, shared by all nodes, rotated without an
//! interruption.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use selfsame_events::Journal;
use selfsame_primitives::{Clock, Keys, Random, Timestamp, base64url, from_base64url};
use selfsame_store::{Action, Guard, Item, Query, Store, StoreError, Write, decode, encode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::key::VerifyingKey;
use crate::record::{PARTITION, SigningKey};

const PURPOSE: &str = "signing-key";
/// How long the keys are used before the store is asked again for new ones.
const FRESH: Duration = Duration::from_mins(5);
/// A new key signs only after this: longer than any cache of the public keys.
const PUBLISHED_BEFORE: Duration = Duration::from_mins(15);
/// How long an old key verifies after the new one signs: far longer than a token lasts.
const KEPT_AFTER: Duration = Duration::from_hours(24);
/// The least time between two reloads for tokens with an unknown key.
const PAUSE: Duration = Duration::from_secs(5);
/// Attempts to withdraw a key while others change the keys.
const REVOKING: usize = 5;

/// A key of the service's own.
pub(crate) struct OwnKey {
    pub(crate) number: u32,
    pair: EcdsaKeyPair,
    /// The header of every token it signs, as it stands in the token.
    pub(crate) header: String,
    pub(crate) public: VerifyingKey,
    pub(crate) jwk: Value,
    record: SigningKey,
    /// When it is dropped, since a newer one has come.
    until: Option<Timestamp>,
}

impl OwnKey {
    fn read(item: &Item, keys: &Keys) -> Result<Self, StoreError> {
        let (number, record): (_, SigningKey) = (number(item)?, decode(&item.body)?);
        let corrupt =
            |what: &dyn fmt::Display| StoreError::Corrupt(format!("signing key {number}: {what}"));
        let sealed = from_base64url(&record.sealed).ok_or_else(|| corrupt(&"not base 64"))?;
        let place = SigningKey::key(number).to_string();
        let pkcs8 =
            keys.open(PURPOSE, place.as_bytes(), &sealed).map_err(|error| corrupt(&error))?;
        let pair = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pkcs8,
            &SystemRandom::new(),
        )
        .map_err(|error| corrupt(&error))?;
        let point = pair.public_key().as_ref();
        let coordinates = point.get(1..).and_then(|both| both.split_at_checked(32));
        let (x, y) = coordinates.ok_or_else(|| corrupt(&"not a point"))?;
        let (x, y) = (base64url(x), base64url(y));
        let id = thumbprint(&x, &y);
        let header = base64url(json!({"alg": "ES256", "typ": "JWT", "kid": id}).to_string());
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "alg": "ES256", "use": "sig"});
        let public = VerifyingKey::es256(id, point);
        Ok(Self { number, header, public, jwk, record, pair, until: item.expires_at })
    }

    /// The whole token for `payload`.
    pub(crate) fn sign(&self, payload: &[u8]) -> String {
        let signed = format!("{}.{}", self.header, base64url(payload));
        #[expect(
            clippy::expect_used,
            reason = "fails only without randomness, and then no secret is safe"
        )]
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("the random generator works");
        format!("{signed}.{}", base64url(signature))
    }
}

/// RFC 7638.
fn thumbprint(x: &str, y: &str) -> String {
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    base64url(ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes()))
}

/// All keys that are valid at one moment, oldest first.
pub(crate) struct KeyRing {
    pub(crate) keys: Vec<OwnKey>,
    loaded_at: Timestamp,
    /// The number of invalidations when it was loaded.
    doubts: u64,
}

impl KeyRing {
    /// Whether there is a key with this number.
    pub(crate) fn has(&self, number: u32) -> bool {
        self.keys.iter().any(|key| key.number == number)
    }

    /// The newest key whose time to sign has come.
    pub(crate) fn signer(&self, now: Timestamp) -> Option<&OwnKey> {
        let ready = self.keys.iter().rev().find(|key| key.record.signs_from <= now);
        ready.or(self.keys.first())
    }
}

/// Whether `keys` opens the signing keys in `store`; `None` where there are none.
pub async fn opens_signing_keys(
    store: &dyn Store,
    keys: &Keys,
) -> Result<Option<bool>, StoreError> {
    let items = store.query(&Query::prefix(PARTITION, "")).await?.items;
    Ok((!items.is_empty()).then(|| items.iter().any(|item| OwnKey::read(item, keys).is_ok())))
}

/// A signing key, for operators.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyState {
    /// What tokens and the public key set call it.
    pub kid: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs, or from when on.
    pub signs_from: Timestamp,
    /// When it is dropped; none for the newest.
    pub until: Option<Timestamp>,
}

/// Loads, makes and replaces the keys.
pub(crate) struct SigningKeys {
    store: Arc<dyn Store>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    keys: Arc<Keys>,
    ring: RwLock<Option<Arc<KeyRing>>>,
    /// Locked while loading, so that concurrent requests with outdated keys read the store once.
    loading: Mutex<()>,
    /// Counts invalidations of the cached keys.
    doubts: AtomicU64,
}

impl SigningKeys {
    pub(crate) fn new(
        journal: Arc<Journal>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        keys: Arc<Keys>,
    ) -> Self {
        let (ring, loading, doubts) = (RwLock::default(), Mutex::default(), AtomicU64::new(0));
        Self { store, journal, clock, random, keys, ring, loading, doubts }
    }

    /// Invalidates the cached keys.
    pub(crate) fn doubt(&self) {
        self.doubts.fetch_add(1, Ordering::SeqCst);
    }

    /// The cached keys, if they are at most [`FRESH`] old and not invalidated.
    pub(crate) fn cached(&self) -> Option<Arc<KeyRing>> {
        self.cached_within(FRESH)
    }

    /// The keys, at most [`FRESH`] old.
    pub(crate) async fn ring(&self) -> Result<Arc<KeyRing>, StoreError> {
        self.younger_than(FRESH).await
    }

    /// The keys as they are after another node may have made one.
    pub(crate) async fn reload_keys(&self) -> Result<Arc<KeyRing>, StoreError> {
        self.younger_than(PAUSE).await
    }

    async fn younger_than(&self, age: Duration) -> Result<Arc<KeyRing>, StoreError> {
        if let Some(ring) = self.cached_within(age) {
            return Ok(ring);
        }
        let _turn = self.loading.lock().await;
        match self.cached_within(age) {
            Some(ring) => Ok(ring),
            None => self.load().await,
        }
    }

    fn cached_within(&self, age: Duration) -> Option<Arc<KeyRing>> {
        let cached = self.ring.read().unwrap_or_else(PoisonError::into_inner).clone();
        let is_doubted = |ring: &Arc<KeyRing>| ring.doubts != self.doubts.load(Ordering::SeqCst);
        cached.filter(|ring| !is_doubted(ring) && self.clock.now().age_of(ring.loaded_at) < age)
    }

    async fn load(&self) -> Result<Arc<KeyRing>, StoreError> {
        // Before the store is read: an invalidation in between must not be lost.
        let doubts = self.doubts.load(Ordering::SeqCst);
        let mut keys = self.read().await?;
        if keys.is_empty() {
            self.make(1, self.clock.now(), Vec::new()).await?;
            keys = self.read().await?;
        }
        let ring = Arc::new(KeyRing { keys, loaded_at: self.clock.now(), doubts });
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&ring));
        Ok(ring)
    }

    /// The readable keys, oldest first. The current signer and all newer keys must be among them: a
    /// node that can't read these must fail instead of signing with others. An unreadable older key
    /// invalidates only the tokens it has signed.
    async fn read(&self) -> Result<Vec<OwnKey>, StoreError> {
        let items = self.store.query(&Query::prefix(PARTITION, "")).await?.items;
        let (now, mut keys, mut has_signer) = (self.clock.now(), Vec::new(), false);
        for item in items.iter().rev() {
            match OwnKey::read(item, &self.keys) {
                Ok(key) => {
                    has_signer |= key.record.signs_from <= now;
                    keys.push(key);
                }
                Err(error) if has_signer => {
                    let place = &item.key;
                    tracing::error!(%place, %error, "a former signing key can't be read; its tokens are not taken");
                }
                Err(error) => return Err(error),
            }
        }
        keys.reverse();
        Ok(keys)
    }

    /// Creates a key where the newest is older than `age`; returns whether there is a new one.
    /// Several nodes may call it at once: each number is taken once.
    pub(crate) async fn rotate_after(&self, age: Duration) -> Result<bool, StoreError> {
        let keys = self.read().await?;
        // Without a key the first use creates one.
        let Some(newest) = keys.last() else { return Ok(false) };
        if self.clock.now().since(newest.record.created_at) < age {
            return Ok(false);
        }
        self.replace(&keys).await.map(|()| true)
    }

    /// Creates a key, which signs once every cache can have it; the others are dropped a day later.
    pub(crate) async fn rotate(&self) -> Result<(), StoreError> {
        let keys = self.read().await?;
        self.replace(&keys).await
    }

    async fn replace(&self, keys: &[OwnKey]) -> Result<(), StoreError> {
        let signs_from = self.clock.now().plus(PUBLISHED_BEFORE);
        let old = keys.iter().filter(|key| key.until.is_none());
        let until = signs_from.plus(KEPT_AFTER);
        let retired = old.map(|key| {
            let body = encode(&key.record);
            Write::put_until(SigningKey::key(key.number), Guard::Any, body, until)
        });
        let next = keys.last().map_or(1, |key| key.number + 1);
        self.make(
            next,
            if keys.is_empty() { self.clock.now() } else { signs_from },
            retired.collect(),
        )
        .await?;
        self.load().await.map(drop)
    }

    /// Withdraws a key; returns whether it existed.
    ///
    /// The newest number is never reused, so that no later key is taken for a withdrawn one.
    pub(crate) async fn revoke(&self, kid: &str) -> Result<bool, StoreError> {
        for _ in 0..REVOKING {
            let keys = self.read().await?;
            let Some(gone) = keys.iter().find(|key| key.public.id.as_deref() == Some(kid)) else {
                self.load().await?;
                return Ok(false);
            };
            let now = self.clock.now();
            let deletion = vec![Write::delete(SigningKey::key(gone.number), Guard::Any)];
            let newest = keys.last().map_or(gone.number, |key| key.number);
            let others = keys.iter().filter(|key| key.number != gone.number && key.until.is_none());
            let is_replaced =
                others.clone().any(|key| key.number == newest && key.record.signs_from <= now);
            if is_replaced {
                self.journal.commit(deletion).await?;
            } else {
                self.make(newest + 1, now, deletion).await?;
            }
            if self.read().await?.iter().all(|key| key.public.id.as_deref() != Some(kid)) {
                return self.load().await.map(|_| true);
            }
        }
        Err(StoreError::Unavailable("the signing keys are being changed by somebody else".into()))
    }

    pub(crate) async fn states(&self) -> Result<Vec<KeyState>, StoreError> {
        let state = |OwnKey { public, record, until, .. }: OwnKey| {
            let SigningKey { created_at, signs_from, .. } = record;
            KeyState { kid: public.id.unwrap_or_default(), created_at, signs_from, until }
        };
        Ok(self.read().await?.into_iter().map(state).collect())
    }

    /// After a conflict the key of the other node is used.
    async fn make(
        &self,
        number: u32,
        signs_from: Timestamp,
        with: Vec<Write>,
    ) -> Result<(), StoreError> {
        let key = SigningKey::key(number);
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| StoreError::Unavailable("no randomness for a signing key".into()))?;
        let sealed =
            self.keys.seal(PURPOSE, key.to_string().as_bytes(), pkcs8.as_ref(), &*self.random);
        let record =
            SigningKey { sealed: base64url(sealed), created_at: self.clock.now(), signs_from };
        let body = encode(&record).into();
        let mut writes = with;
        writes.push(Write {
            key,
            guard: Guard::Absent,
            action: Action::Put { body, expires_at: None },
        });
        match self.journal.commit(writes).await {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn number(item: &Item) -> Result<u32, StoreError> {
    item.key
        .sort
        .parse()
        .map_err(|_| StoreError::Corrupt(format!("{} is not a number of a key", item.key)))
}
