//! Whether a store was made under the present master key.

use selfsame_primitives::{Keys, Random};
use selfsame_store::{Commit, CommitToken, Guard, Store, StoreError, Write, decode, encode};
use thiserror::Error;

use super::record::Installation;
use selfsame_tokens::opens_signing_keys;

/// Why a store must not be used with a key.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum KeyError {
    /// It was made under another key.
    #[error(
        "the master key is not the one that the store was made under; with it, nobody in the store would be known"
    )]
    Another,
    /// It holds no fingerprint of a key.
    #[error("the store does not say which master key it was made under")]
    Unstamped,
    /// It can't be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Distinguishes master keys without revealing either.
#[must_use]
pub fn fingerprint(keys: &Keys) -> String {
    keys.name("master-key-fingerprint", &[])
}

/// Checks by the stored fingerprint that `store` was made under `keys`, and returns the record.
pub async fn check_key(store: &dyn Store, keys: &Keys) -> Result<Installation, KeyError> {
    let item = store.get(&Installation::key()).await?.ok_or(KeyError::Unstamped)?;
    let found: Installation = decode(&item.body).map_err(StoreError::from)?;
    if found.key_fingerprint == fingerprint(keys) { Ok(found) } else { Err(KeyError::Another) }
}

/// The same before a store is used. A store from before this record gets the fingerprint now, once
/// the key has opened its signing keys. A store without anything under a key stays
/// [`KeyError::Unstamped`]: no user ever signed in, or the file is not the store that it is taken
/// for, such as one that was emptied.
pub async fn adopt(
    store: &dyn Store,
    keys: &Keys,
    random: &dyn Random,
) -> Result<Installation, KeyError> {
    match check_key(store, keys).await {
        Err(KeyError::Unstamped) => {}
        checked => return checked,
    }
    match opens_signing_keys(store, keys).await? {
        Some(true) => stamp(store, keys, random).await,
        Some(false) => Err(KeyError::Another),
        None => Err(KeyError::Unstamped),
    }
}

/// The same for commands that may begin an installation: a store without anything under a key gets
/// the fingerprint of this one.
pub async fn begin(
    store: &dyn Store,
    keys: &Keys,
    random: &dyn Random,
) -> Result<Installation, KeyError> {
    match adopt(store, keys, random).await {
        Err(KeyError::Unstamped) => stamp(store, keys, random).await,
        checked => checked,
    }
}

/// Of concurrent calls one commits, and the others check against its fingerprint.
async fn stamp(
    store: &dyn Store,
    keys: &Keys,
    random: &dyn Random,
) -> Result<Installation, KeyError> {
    let record = Installation { key_fingerprint: fingerprint(keys), restored_at: None };
    let write = Write::put(Installation::key(), Guard::Absent, encode(&record));
    let commit = Commit { token: CommitToken::generate(random), writes: vec![write] };
    match store.commit(commit).await {
        Ok(()) | Err(StoreError::Conflict(_)) => check_key(store, keys).await,
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use selfsame_primitives::{ManualClock, SeededRandom, Timestamp};
    use selfsame_store::MemoryStore;
    use selfsame_testbed::Testbed;

    use super::*;

    fn keys(byte: u8) -> Keys {
        Keys::from_master(&[byte; 32])
    }

    #[tokio::test]
    async fn a_new_store_gets_its_fingerprint_once_and_refuses_other_keys() {
        let store = MemoryStore::new(Arc::new(ManualClock::new(Timestamp::default())));
        let random = SeededRandom::new(1);
        assert_eq!(check_key(&store, &keys(1)).await, Err(KeyError::Unstamped));
        // `adopt` begins no installation, so it writes no fingerprint either.
        assert_eq!(adopt(&store, &keys(2), &random).await, Err(KeyError::Unstamped));
        assert_eq!(check_key(&store, &keys(1)).await, Err(KeyError::Unstamped));
        let checked = begin(&store, &keys(1), &random).await.unwrap();
        assert_eq!(begin(&store, &keys(1), &random).await, Ok(checked.clone()));
        assert_eq!(adopt(&store, &keys(1), &random).await, Ok(checked.clone()));
        assert_eq!(check_key(&store, &keys(1)).await, Ok(checked));
        let other = keys(2);
        assert_eq!(check_key(&store, &other).await, Err(KeyError::Another));
        assert_eq!(adopt(&store, &other, &random).await, Err(KeyError::Another));
        assert_eq!(begin(&store, &other, &random).await, Err(KeyError::Another));
    }

    #[tokio::test]
    async fn a_store_without_a_fingerprint_gets_it_only_from_the_key_that_opens_it() {
        let bed = Testbed::new();
        bed.register("ada").await;
        bed.events().await;
        let random = SeededRandom::new(1);
        let other = Keys::from_master(&[99; 32]);
        assert_eq!(adopt(&*bed.store, &other, &random).await, Err(KeyError::Another));
        assert_eq!(begin(&*bed.store, &other, &random).await, Err(KeyError::Another));
        assert_eq!(
            check_key(&*bed.store, &bed.app.platform.keys).await,
            Err(KeyError::Unstamped),
            "nothing was written"
        );
        adopt(&*bed.store, &bed.app.platform.keys, &random).await.unwrap();
        assert!(check_key(&*bed.store, &bed.app.platform.keys).await.is_ok());
    }
}
