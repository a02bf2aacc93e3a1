//! The way back from an alias to its bearer, for those who may ask.

use selfsame_primitives::{AliasId, SessionId, Timestamp, UserId, stored};
use selfsame_store::{Item, Key, Record, StoreError, decode};
use serde::{Deserialize, Serialize};

use super::place::{AliasContext, ContextType};
use super::record::{self, Alias};
use super::sealed::{open, seal};
use crate::Profiles;

/// Whose alias it is, and where it is worn.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasOwner {
    /// Whose alias it is.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// What it is called.
    pub name: String,
    /// The place it is shown in.
    pub context: String,
    /// What kind of place that is.
    pub context_type: ContextType,
    #[serde(
        default,
        deserialize_with = "stored::optional",
        skip_serializing_if = "Option::is_none"
    )]
    session: Option<SessionId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
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

    /// Where the alias lies while it is worn.
    pub(super) fn place(&self) -> AliasContext {
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
        holding: &AliasOwner,
    ) -> Result<Self, StoreError> {
        seal(profiles, key, holding).map(|sealed| Self { sealed })
    }
}

/// Where the way back from `alias` lies.
pub(super) fn key(profiles: &Profiles, alias: &AliasId) -> Key {
    Key::new(
        format!("alias/{}", profiles.platform.keys.name("alias-id", &[alias.as_str().as_bytes()])),
        "holder",
    )
}

/// Who holds `alias`; `None` where nobody does or has for long.
pub async fn owner_of(
    profiles: &Profiles,
    alias: &AliasId,
) -> Result<Option<AliasOwner>, StoreError> {
    let item = profiles.platform.store.get(&key(profiles, alias)).await?;
    item.map(|item| opened(profiles, &item)).transpose()
}

/// Whether `alias`, held as `holding` says, is worn now.
pub async fn is_active(
    profiles: &Profiles,
    alias: &AliasId,
    holding: &AliasOwner,
) -> Result<bool, StoreError> {
    let slot = record::slot(profiles, &holding.user_id, &holding.place());
    let Some(item) = profiles.platform.store.get(&slot).await? else { return Ok(false) };
    let found = record::opened(profiles, &item)?;
    Ok(found.id == *alias && record::is_active(profiles, &holding.user_id, &found).await?)
}

/// Whose alias the item of a way back leads to: for a scan that proves that nothing of a user is
/// left, since a crash while an alias is made can leave one that nothing in the user's partition
/// names.
pub fn resolve(profiles: &Profiles, item: &Item) -> Result<UserId, StoreError> {
    opened(profiles, item).map(|holding| holding.user_id)
}

fn opened(profiles: &Profiles, item: &Item) -> Result<AliasOwner, StoreError> {
    open(profiles, &item.key, &decode::<SealedAliasOwner>(&item.body)?.sealed)
}

/// Which alias was asked for, and where it is worn: what an entry holds about it, sealed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasNote {
    /// The alias.
    #[serde(deserialize_with = "stored::text")]
    pub alias_id: AliasId,
    /// Its name.
    pub display_name: String,
    /// Where.
    pub context: String,
}

/// What an entry may hold about `alias`, since only this installation can read it; see [`noted`].
pub fn note(
    profiles: &Profiles,
    alias: &AliasId,
    holding: &AliasOwner,
) -> Result<String, StoreError> {
    let note = AliasNote {
        alias_id: alias.clone(),
        display_name: holding.name.clone(),
        context: holding.context.clone(),
    };
    seal(profiles, &noted_at(), &note)
}

/// What the `alias` of an `alias.resolved` entry says: for the user's own activity log, and for
/// operators.
pub fn noted(profiles: &Profiles, sealed: &str) -> Result<AliasNote, StoreError> {
    open(profiles, &noted_at(), sealed)
}

fn noted_at() -> Key {
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
