//! Records of aliases, and their keys.
//!
//! In the user's partition each alias is stored twice: at `alias/{context}` while it is active, and
//! at `alias-log/{context}/{number}` until its retention ends. Outside of it are the claim on the
//! name, at `alias-name/{context}`, and the owner of an id, at `alias/{id}`. All names in braces
//! are keyed hashes, and all bodies are sealed.

use selfsame_events::{Changes, Loaded, user_key};
use selfsame_primitives::{AliasId, SessionId, Timestamp, UserId, stored};
use selfsame_store::{Item, Key, Record, StoreError, decode};
use serde::{Deserialize, Serialize};

use super::place::{AliasContext, ContextType};
use super::rule::midnight_after;
use super::sealed::{open, seal};
use crate::Profiles;
use selfsame_users::records::ALIAS_LOG;
use selfsame_users::records::Session;

/// Most days that an expiry is postponed at random, so that days of expiry do not join items.
pub(super) const SCATTER: u64 = 30;

/// An alias.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alias {
    #[serde(deserialize_with = "stored::text")]
    pub(super) id: AliasId,
    pub(super) name: String,
    /// The opaque part of the picture's URL.
    pub(super) picture: String,
    pub(super) context: String,
    pub(super) context_type: ContextType,
    #[serde(
        default,
        deserialize_with = "stored::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) session: Option<SessionId>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revealed_at: Option<Timestamp>,
    pub(super) usage_count: u64,
    pub(super) counted_at: Timestamp,
    /// The sequence of the event of its creation: orders a user's aliases.
    pub(super) number: u64,
}

impl Alias {
    /// Whether it is active by itself. A session that it is bound to may have ended.
    pub(super) fn is_current(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    pub(super) fn alias_context(&self) -> AliasContext {
        AliasContext {
            context: self.context.clone(),
            context_type: self.context_type,
            session: self.session.clone(),
        }
    }

    /// Writes it as the active alias of its context, and in the log.
    pub(super) fn write_active(
        &self,
        profiles: &Profiles,
        user: &UserId,
        changes: Changes,
    ) -> Result<Changes, StoreError> {
        let slot = slot(profiles, user, &self.alias_context());
        let record = self.sealed(profiles, &slot)?;
        self.write_logged(
            profiles,
            user,
            changes.put_until(slot, &record, self.kept_until(profiles)),
        )
    }

    /// Writes it in the log.
    pub(super) fn write_logged(
        &self,
        profiles: &Profiles,
        user: &UserId,
        changes: Changes,
    ) -> Result<Changes, StoreError> {
        let key = log(profiles, user, &self.context, self.number);
        let record = self.sealed(profiles, &key)?;
        Ok(changes.put_until(key, &record, self.kept_until(profiles)))
    }

    pub(super) fn sealed(&self, profiles: &Profiles, key: &Key) -> Result<SealedAlias, StoreError> {
        seal(profiles, key, self).map(|sealed| SealedAlias { sealed })
    }

    /// The log outlives the items outside of the partition, so that erasure finds all of them.
    pub(super) fn kept_until(&self, profiles: &Profiles) -> Timestamp {
        midnight_after(self.expires_at.plus(profiles.settings.activity_retention), SCATTER)
    }
}

/// The stored form of an alias.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct SealedAlias {
    sealed: String,
}

impl Record for SealedAlias {
    const KIND: &'static str = "alias";
}

/// The alias in `item`.
pub(super) fn opened(profiles: &Profiles, item: &Item) -> Result<Alias, StoreError> {
    open(profiles, &item.key, &decode::<SealedAlias>(&item.body)?.sealed)
}

/// The alias that was loaded at `key`.
pub(super) fn loaded(
    profiles: &Profiles,
    loaded: &Loaded,
    key: &Key,
) -> Result<Option<Alias>, StoreError> {
    loaded.get::<SealedAlias>(key)?.map(|record| open(profiles, key, &record.sealed)).transpose()
}

/// Prefix of the sort keys of active aliases.
pub(super) const ACTIVE: &str = "alias/";

/// The key of the active alias of `user` in `alias_context`.
pub(super) fn slot(profiles: &Profiles, user: &UserId, alias_context: &AliasContext) -> Key {
    let session = alias_context.session.as_ref().map_or("", SessionId::as_str);
    let parts =
        [user.as_str(), alias_context.context_type.as_str(), &alias_context.context, session]
            .map(str::as_bytes);
    user_key(user, format!("{ACTIVE}{}", profiles.platform.keys.name("alias-place", &parts)))
}

/// Prefix of the sort keys of all aliases that `user` had in `context`.
pub(super) fn log_prefix(profiles: &Profiles, user: &UserId, context: &str) -> String {
    let parts = [user.as_str(), context].map(str::as_bytes);
    format!("{ALIAS_LOG}{}/", profiles.platform.keys.name("alias-context", &parts))
}

pub(super) fn log(profiles: &Profiles, user: &UserId, context: &str, number: u64) -> Key {
    user_key(user, format!("{}{number:012}", log_prefix(profiles, user, context)))
}

/// The key of the claim on `name` in `context`.
pub(super) fn claim(profiles: &Profiles, context: &str, name: &str) -> Key {
    let names = profiles.platform.keys.name("alias-names", &[context.as_bytes()]);
    let parts = [context, name].map(str::as_bytes);
    Key::new(format!("alias-name/{names}"), profiles.platform.keys.name("alias-name", &parts))
}

/// Reserves a name. It does not hold the owner, so that nothing joins it with a user.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct AliasNameClaim {}

impl Record for AliasNameClaim {
    const KIND: &'static str = "alias-name";
}

/// Whether the session that `alias` is bound to, if any, exists.
async fn session_lives(
    profiles: &Profiles,
    user: &UserId,
    alias: &Alias,
) -> Result<bool, StoreError> {
    let Some(session) = &alias.session else { return Ok(true) };
    Ok(profiles.platform.store.get(&Session::key(user, session)).await?.is_some())
}

/// Whether `alias` of `user` is active.
pub(super) async fn is_active(
    profiles: &Profiles,
    user: &UserId,
    alias: &Alias,
) -> Result<bool, StoreError> {
    Ok(alias.is_current(profiles.platform.now()) && session_lives(profiles, user, alias).await?)
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::{are_read, contents_are_read};

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::SealedAlias>();
        are_read::<super::AliasNameClaim>();
        contents_are_read::<super::Alias>("content-of-alias");
    }
}
