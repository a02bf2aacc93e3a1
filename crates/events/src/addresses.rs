//! The daily keys that seal exact addresses and expire after a month.
//!
//! Old addresses need no clean-up: once the store drops the key of a day, every copy of an address
//! of that day is its network.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use selfsame_primitives::{
    Clock, Keys, MonotonicTime, Random, SealError, SealingKey, Timestamp, UserId, base64url,
    from_base64url,
};
use selfsame_store::{
    Commit, CommitToken, Guard, Item, Key, Record, Store, StoreError, Write, decode, encode,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::ClientAddress;

/// After this long only the network is shown (SPEC 3 and 18).
const SHOWN_FOR: Duration = Duration::from_hours(30 * 24);
/// The key of a day lives this long after the day's start: an address of the day's last moment can
/// be shown for [`SHOWN_FOR`].
const KEY_LIFE: Duration = Duration::from_hours(31 * 24);
/// A key that could not be loaded or made is not tried again for this long.
const PAUSE: Duration = Duration::from_secs(10);
/// Milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;
/// What the keys of days are sealed for.
const PURPOSE: &str = "address-key";

/// Seals addresses, and opens them while their key exists.
pub struct AddressSealer {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    keys: Arc<Keys>,
    cached: RwLock<BTreeMap<i64, Arc<SealingKey>>>,
    /// Held while a key is loaded or made.
    loading: Mutex<()>,
    /// When a key was last unavailable, by the monotonic clock: a wall clock that was far ahead for
    /// a moment would suspend tries until its time comes.
    failed_at: RwLock<Option<MonotonicTime>>,
}

impl fmt::Debug for AddressSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressSealer")
    }
}

/// The key of the present day, or none where it can't be had.
#[derive(Clone)]
pub(crate) struct DailyKey {
    day: i64,
    key: Option<Arc<SealingKey>>,
    random: Arc<dyn Random>,
}

impl DailyKey {
    /// `address` of `user` as it may be stored: sealed, or where there is no key its network.
    pub(crate) fn seal(&self, user: &UserId, address: &ClientAddress) -> ClientAddress {
        match &self.key {
            Some(key) => address.sealed(user, (self.day, key), &*self.random),
            None => address.clone(),
        }
    }
}

/// The key of a day, at `key` of the partition `address-key/{yyyy-mm-dd}`.
#[derive(Serialize, Deserialize)]
struct StoredKey {
    /// 32 random bytes, sealed with the installation's keys, in base 64.
    sealed: String,
}

impl Record for StoredKey {
    const KIND: &'static str = "address-key";
}

impl AddressSealer {
    /// Seals with keys in `store`, which are sealed with `keys` themselves.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        keys: Arc<Keys>,
    ) -> Self {
        let (cached, loading, failed_at) = (RwLock::default(), Mutex::default(), RwLock::default());
        Self { store, clock, random, keys, cached, loading, failed_at }
    }

    /// `address` of `user` as it may be stored. Called before a rule, so that the rule stays pure.
    ///
    /// The first call of a day reads the store, and the first node writes the day's key. Where that
    /// fails only the network is stored: a missing key must not fail a sign-in.
    pub async fn seal_for(&self, user: &UserId, address: &ClientAddress) -> ClientAddress {
        self.today().await.seal(user, address)
    }

    /// `address` of `user`, recorded at `noted_at`, as it may be shown now: for 30 days the exact
    /// one, while the key of its day exists, then its network.
    pub async fn reveal(
        &self,
        user: &UserId,
        address: &ClientAddress,
        noted_at: Timestamp,
    ) -> String {
        if self.clock.now().since(noted_at) >= SHOWN_FOR {
            return address.network().to_string();
        }
        let exact = match (address.exact(), address.day()) {
            (Some(exact), _) => Some(exact),
            (None, Some(day)) => self.opened(user, address, day).await,
            (None, None) => None,
        };
        exact.unwrap_or_else(|| address.network()).to_string()
    }

    async fn opened(
        &self,
        user: &UserId,
        address: &ClientAddress,
        day: i64,
    ) -> Option<std::net::IpAddr> {
        match self.key(day, false).await {
            Ok(key) => address.open(user, &*key?),
            Err(error) => {
                tracing::warn!(%error, "the key of a day can't be had; addresses are shown as networks");
                None
            }
        }
    }

    /// What addresses are sealed with now.
    pub(crate) async fn today(&self) -> DailyKey {
        let day = self.clock.now().millis().div_euclid(DAY);
        DailyKey { day, key: self.key_of_today(day).await, random: Arc::clone(&self.random) }
    }

    async fn key_of_today(&self, day: i64) -> Option<Arc<SealingKey>> {
        if let Some(key) = self.cached(day) {
            return Some(key);
        }
        let now = self.clock.monotonic();
        let failed_at = *self.failed_at.read().unwrap_or_else(PoisonError::into_inner);
        if failed_at.is_some_and(|failed_at| now.since(failed_at) < PAUSE) {
            return None;
        }
        match self.key(day, true).await {
            Ok(key) => key,
            Err(error) => {
                tracing::warn!(%error, "the key of the day can't be had; only networks of addresses are kept");
                *self.failed_at.write().unwrap_or_else(PoisonError::into_inner) = Some(now);
                None
            }
        }
    }

    fn cached(&self, day: i64) -> Option<Arc<SealingKey>> {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).get(&day).cloned()
    }

    /// The key of `day`; where there is none and `make` is true, it is made.
    async fn key(&self, day: i64, make: bool) -> Result<Option<Arc<SealingKey>>, StoreError> {
        if let Some(key) = self.cached(day) {
            return Ok(Some(key));
        }
        let _loading = self.loading.lock().await;
        if let Some(key) = self.cached(day) {
            return Ok(Some(key));
        }
        let key = match self.load(day).await? {
            None if make => self.make(day).await?,
            found => found,
        };
        Ok(key.map(|key| self.cache(day, key)))
    }

    /// Caches `key`, and drops cached keys that have expired.
    fn cache(&self, day: i64, key: SealingKey) -> Arc<SealingKey> {
        let (key, now) = (Arc::new(key), self.clock.now());
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        cached.retain(|day, _| now < end(*day));
        cached.insert(day, Arc::clone(&key));
        key
    }

    async fn load(&self, day: i64) -> Result<Option<SealingKey>, StoreError> {
        let found = self.store.get(&key_of_day(day)).await?;
        found.map(|item| self.unseal(&item)).transpose()
    }

    fn unseal(&self, Item { key, body, .. }: &Item) -> Result<SealingKey, StoreError> {
        let stored: StoredKey = decode(body)?;
        let plain = from_base64url(&stored.sealed)
            .ok_or(SealError)
            .and_then(|sealed| self.keys.open(PURPOSE, key.to_string().as_bytes(), &sealed))
            .and_then(|plain| <[u8; 32]>::try_from(plain).map_err(|_| SealError));
        plain
            .map(|plain| SealingKey::new(&plain))
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// Makes the key of `day`; of several nodes that do so at once one is first, and the others
    /// take its key.
    async fn make(&self, day: i64) -> Result<Option<SealingKey>, StoreError> {
        let (random, key_of_day) = (&*self.random, key_of_day(day));
        let sealed = self.keys.seal(
            PURPOSE,
            key_of_day.to_string().as_bytes(),
            &random.bytes::<32>(),
            random,
        );
        let body = encode(&StoredKey { sealed: base64url(sealed) });
        let writes = vec![Write::put_until(key_of_day, Guard::Absent, body, end(day))];
        let made = self.store.commit(Commit { token: CommitToken::generate(random), writes }).await;
        match (self.load(day).await?, made) {
            (None, Err(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }
}

fn key_of_day(day: i64) -> Key {
    let midnight = Timestamp::from_millis(day.saturating_mul(DAY)).to_string();
    let date = midnight.split_once('T').map_or(midnight.as_str(), |(date, _)| date);
    Key::new(format!("address-key/{date}"), "key")
}

/// When the key of `day` is gone.
fn end(day: i64) -> Timestamp {
    Timestamp::from_millis(day.saturating_mul(DAY)).plus(KEY_LIFE)
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::StoredKey>();
    }
}
