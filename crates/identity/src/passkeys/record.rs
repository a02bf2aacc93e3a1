//! The stored form of a passkey.

use selfsame_events::{user_key, user_partition};
use selfsame_primitives::{Keys, Timestamp, UserId, base64url};
use selfsame_store::{Key, Query, Record, Store, StoreError, decode};
use selfsame_webauthn::PublicKey;
use serde::{Deserialize, Serialize};

/// A passkey, at `passkey/{id}` of its user's partition. It is found by user and credential id
/// together, so a credential id copied to another account matches nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Passkey {
    /// Its id here: made of the credential's, so that it can be found by that.
    #[serde(rename = "passkeyId")]
    pub(super) id: String,
    /// The authenticator's id of it, in base 64.
    pub(super) credential_id: String,
    /// What its signatures are checked with.
    pub(super) public_key: PublicKey,
    /// How often it had signed when it was last seen; 0 where it does not count.
    pub(super) sign_count: u32,
    /// What its owner calls it.
    pub(super) name: String,
    /// How browsers may reach it: `internal`, `hybrid`, `usb`, ….
    pub(super) transports: Vec<String>,
    /// Whether it can be backed up, which never changes; unknown for passkeys that were made before
    /// this was stored and not used since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) can_be_backed_up: Option<bool>,
    /// Whether it is kept in other places too, as passkeys that are synchronised are.
    pub(super) backed_up: bool,
    /// When it was made.
    pub(super) created_at: Timestamp,
    /// When it was last used.
    pub(super) last_used_at: Option<Timestamp>,
}

impl Record for Passkey {
    const KIND: &'static str = "passkey";
}

impl Passkey {
    const PREFIX: &'static str = "passkey/";

    /// The id of the passkey with this credential.
    pub(super) fn id_of(keys: &Keys, credential: &[u8]) -> String {
        keys.name("passkey", &[credential])
    }

    /// The key of the passkey with `id`.
    pub(super) fn key(user: &UserId, id: &str) -> Key {
        user_key(user, format!("{}{id}", Self::PREFIX))
    }

    /// The passkey of `user` with `id`, if there is one.
    pub(super) async fn find(
        store: &dyn Store,
        user: &UserId,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let item = store.get(&Self::key(user, id)).await?;
        Ok(item.map(|item| decode(&item.body)).transpose()?)
    }

    /// The passkeys of `user`, the oldest first.
    pub(super) async fn all(store: &dyn Store, user: &UserId) -> Result<Vec<Self>, StoreError> {
        let query = Query::prefix(user_partition(user), Self::PREFIX).limit(MOST * 2);
        let items = store.query(&query).await?.items;
        let passkeys = items.iter().map(|item| Ok(decode::<Self>(&item.body)?));
        let mut passkeys = passkeys.collect::<Result<Vec<_>, StoreError>>()?;
        passkeys.sort_by(|one, two| (one.created_at, &one.id).cmp(&(two.created_at, &two.id)));
        Ok(passkeys)
    }
}

/// Passkeys per user. Two concurrent registrations may exceed it by one.
pub(super) const MOST: usize = 20;

/// Whether `user` has a passkey.
pub(crate) async fn has_any(store: &dyn Store, user: &UserId) -> Result<bool, StoreError> {
    let query = Query::prefix(user_partition(user), Passkey::PREFIX).limit(1);
    Ok(!store.query(&query).await?.items.is_empty())
}

/// The keys of the passkeys of `user` made at `since` or later, the oldest first.
pub(crate) async fn made_since(
    store: &dyn Store,
    user: &UserId,
    since: Timestamp,
) -> Result<Vec<Key>, StoreError> {
    let passkeys = Passkey::all(store, user).await?;
    let late = passkeys.iter().filter(|passkey| passkey.created_at >= since);
    Ok(late.map(|passkey| Passkey::key(user, &passkey.id)).collect())
}

/// A removed passkey, at `removed-passkey/{id}`, as long as the link is valid that undoes the
/// removal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemovedPasskey {
    pub(super) passkey: Passkey,
    pub(super) removed_at: Timestamp,
}

impl Record for RemovedPasskey {
    const KIND: &'static str = "removed-passkey";
}

impl RemovedPasskey {
    const PREFIX: &'static str = "removed-passkey/";

    /// The key of the removed passkey with `id`.
    pub(super) fn key(user: &UserId, id: &str) -> Key {
        user_key(user, format!("{}{id}", Self::PREFIX))
    }

    /// The keys of the removed and of the active passkey.
    pub(crate) fn keys(&self, user: &UserId) -> [Key; 2] {
        [Self::key(user, &self.passkey.id), Passkey::key(user, &self.passkey.id)]
    }
}

/// The passkeys of `user` that were removed at `since` or later, and made before `made_before`.
pub(crate) async fn removed(
    store: &dyn Store,
    user: &UserId,
    made_before: Timestamp,
    since: Timestamp,
) -> Result<Vec<RemovedPasskey>, StoreError> {
    let query = Query::prefix(user_partition(user), RemovedPasskey::PREFIX).limit(MOST * 10);
    let items = store.query(&query).await?.items;
    let removed = items.iter().map(|item| Ok(decode::<RemovedPasskey>(&item.body)?));
    let mut removed = removed.collect::<Result<Vec<_>, StoreError>>()?;
    removed
        .retain(|removed| removed.removed_at >= since && removed.passkey.created_at < made_before);
    Ok(removed)
}

/// The id of a new passkey's user, as authenticators keep it.
pub(super) fn user_handle(user: &UserId) -> String {
    base64url(user.as_str())
}

#[cfg(test)]
mod tests {
    use selfsame_store::encode;

    use super::*;

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"passkey/1
{"passkeyId":"abc","credentialId":"AQID","publicKey":{"algorithm":"EdDSA","key":"BwcH"},"signCount":3,"name":"Phone","transports":["internal"],"backedUp":true,"createdAt":"2026-01-31T09:30:00.000Z","lastUsedAt":null}"#;
        let passkey: Passkey = decode(stored).unwrap();
        assert_eq!((passkey.sign_count, passkey.name.as_str()), (3, "Phone"));
        assert_eq!(encode(&passkey), stored);
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Passkey>();
        are_read::<super::RemovedPasskey>();
    }
}
