//! The way back from an alias to its owner, for services and operators with that right.

use selfsame_primitives::{AliasId, SessionId, Timestamp, UserId, stored};
use selfsame_store::{Item, Key, Record, StoreError, decode};
use serde::{Deserialize, Serialize};

use super::place::{AliasContext, ContextType};
use super::record::{self, Alias};
use super::sealed::{open, seal};
use crate::Profiles;

/// The user that an alias belongs to, and its context.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasOwner {
    /// The owner.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// The name of the alias.
    pub name: String,
    /// The context of the alias.
    pub context: String,
    /// The type of the context.
    pub context_type: ContextType,
    #[serde(
        default,
        deserialize_with = "stored::optional",
        skip_serializing_if = "Option::is_none"
    )]
    session: Option<SessionId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl AliasOwner {
    pub(super) fn of(user: &UserId, alias: &Alias) -> Self {
        Self {
            user_id: user.clone(),
            name: alias.name.clone(),
            context: alias.context.clone(),
            context_type: alias.context_type,
            session: alias.session.clone(),
            created_at: alias.created_at,
            expires_at: alias.expires_at,
        }
    }

    /// Where the alias is active.
    pub(super) fn alias_context(&self) -> AliasContext {
        AliasContext {
            context: self.context.clone(),
            context_type: self.context_type,
            session: self.session.clone(),
        }
    }
}

/// The stored form.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct SealedAliasOwner {
    sealed: String,
}

impl Record for SealedAliasOwner {
    const KIND: &'static str = "alias-holder";
}

impl SealedAliasOwner {
    pub(super) fn new(
        profiles: &Profiles,
        key: &Key,
        owner: &AliasOwner,
    ) -> Result<Self, StoreError> {
        seal(profiles, key, owner).map(|sealed| Self { sealed })
    }
}

/// The key of the owner of `alias`.
pub(super) fn key(profiles: &Profiles, alias: &AliasId) -> Key {
    Key::new(
        format!("alias/{}", profiles.platform.keys.name("alias-id", &[alias.as_str().as_bytes()])),
        "holder",
    )
}

/// The owner of `alias`; `None` where it does not exist, or is past its retention.
pub async fn owner_of(
    profiles: &Profiles,
    alias: &AliasId,
) -> Result<Option<AliasOwner>, StoreError> {
    let item = profiles.platform.store.get(&key(profiles, alias)).await?;
    item.map(|item| opened(profiles, &item)).transpose()
}

/// Whether `alias`, which `owner` describes, is active.
pub async fn is_active(
    profiles: &Profiles,
    alias: &AliasId,
    owner: &AliasOwner,
) -> Result<bool, StoreError> {
    let slot = record::slot(profiles, &owner.user_id, &owner.alias_context());
    let Some(item) = profiles.platform.store.get(&slot).await? else { return Ok(false) };
    let found = record::opened(profiles, &item)?;
    Ok(found.id == *alias && record::is_active(profiles, &owner.user_id, &found).await?)
}

/// The user that a stored `SealedAliasOwner` leads to. For a scan that proves an erasure: a crash
/// while an alias is created can leave one that the user's partition does not name.
pub fn resolve(profiles: &Profiles, item: &Item) -> Result<UserId, StoreError> {
    opened(profiles, item).map(|owner| owner.user_id)
}

fn opened(profiles: &Profiles, item: &Item) -> Result<AliasOwner, StoreError> {
    open(profiles, &item.key, &decode::<SealedAliasOwner>(&item.body)?.sealed)
}

/// The alias of an `alias.resolved` entry and its context, sealed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasNote {
    /// The alias.
    #[serde(deserialize_with = "stored::text")]
    pub alias_id: AliasId,
    /// Its name.
    pub display_name: String,
    /// Its context.
    pub context: String,
}

/// The sealed form for an entry about `alias`, which only this installation can open; see
/// [`open_note`].
pub fn seal_note(
    profiles: &Profiles,
    alias: &AliasId,
    owner: &AliasOwner,
) -> Result<String, StoreError> {
    let note = AliasNote {
        alias_id: alias.clone(),
        display_name: owner.name.clone(),
        context: owner.context.clone(),
    };
    seal(profiles, &note_key(), &note)
}

/// Opens the `alias` of an `alias.resolved` entry, for the user's own activity log and for
/// operators.
pub fn open_note(profiles: &Profiles, sealed: &str) -> Result<AliasNote, StoreError> {
    open(profiles, &note_key(), sealed)
}

fn note_key() -> Key {
    Key::new("alias.resolved", "alias")
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::{are_read, contents_are_read};

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::SealedAliasOwner>();
        contents_are_read::<super::AliasOwner>("content-of-alias-holder");
        contents_are_read::<super::AliasNote>("content-of-alias-note");
    }
}
