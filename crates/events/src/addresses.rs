//! The keys of the days, which exact addresses of people are sealed with and which are gone after a
//! month.
//!
//! Nobody looks for old addresses: when the store forgets the key of a day, all addresses of that
//! day are networks from then on, wherever they were copied to.

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
/// The key of a day lives for so long after the day's begin: what is noted in its last moment can
/// be shown for [`SHOWN_FOR`].
const KEY_LIFE: Duration = Duration::from_hours(31 * 24);
/// A key that could not be had is not asked for again for so long.
const PAUSE: Duration = Duration::from_secs(10);
/// Milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;
/// What the keys of days are sealed for.
const PURPOSE: &str = "address-key";

/// Seals addresses and opens them for as long as that is possible.
pub struct AddressSealer {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    keys: Arc<Keys>,
    held: RwLock<BTreeMap<i64, Arc<SealingKey>>>,
    /// Held while a key is loaded or made.
    turn: Mutex<()>,
    /// When a key could not be had, by a clock that nobody sets: a wall clock that was far ahead
    /// for a moment would keep keys away until its time comes.
    failed_at: RwLock<Option<MonotonicTime>>,
}

impl fmt::Debug for AddressSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addresses")
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
        let (held, turn, failed_at) = (RwLock::default(), Mutex::default(), RwLock::default());
        Self { store, clock, random, keys, held, turn, failed_at }
    }

    /// `address` of `user` as it may be stored. To be asked for before a rule, which stays pure.
    ///
    /// The first call of a day reads the store, and the first of all nodes writes the day's key
    /// there. Where that fails only the network is kept: nobody is kept from signing in because of
    /// it.
    pub async fn seal_for(&self, user: &UserId, address: &ClientAddress) -> ClientAddress {
        self.today().await.seal(user, address)
    }

    /// `address` of `user`, noted at `noted_at`, as it may be shown now: the exact one for 30 days
    /// while the key of its day is there, and then its network.
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
        if let Some(key) = self.held(day) {
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

    fn held(&self, day: i64) -> Option<Arc<SealingKey>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).get(&day).cloned()
    }

    /// The key of `day`, made where there is none and that is wanted.
    async fn key(&self, day: i64, make: bool) -> Result<Option<Arc<SealingKey>>, StoreError> {
        if let Some(key) = self.held(day) {
            return Ok(Some(key));
        }
        let _turn = self.turn.lock().await;
        if let Some(key) = self.held(day) {
            return Ok(Some(key));
        }
        let key = match self.load(day).await? {
            None if make => self.make(day).await?,
            found => found,
        };
        Ok(key.map(|key| self.hold(day, key)))
    }

    /// Keeps `key` in memory, and forgets those that the store has forgotten.
    fn hold(&self, day: i64, key: SealingKey) -> Arc<SealingKey> {
        let (key, now) = (Arc::new(key), self.clock.now());
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.retain(|day, _| now < end(*day));
        held.insert(day, Arc::clone(&key));
        key
    }

    async fn load(&self, day: i64) -> Result<Option<SealingKey>, StoreError> {
        let found = self.store.get(&place(day)).await?;
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
        let (random, place) = (&*self.random, place(day));
        let sealed =
            self.keys.seal(PURPOSE, place.to_string().as_bytes(), &random.bytes::<32>(), random);
        let body = encode(&StoredKey { sealed: base64url(sealed) });
        let writes = vec![Write::put_until(place, Guard::Absent, body, end(day))];
        let made = self.store.commit(Commit { token: CommitToken::generate(random), writes }).await;
        match (self.load(day).await?, made) {
            (None, Err(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }
}

fn place(day: i64) -> Key {
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
