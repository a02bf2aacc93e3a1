//! Access to galleries: a gallery has the visibility of its owner's avatar. Whatever a viewer may
//! not see is the same 404.

use std::sync::Arc;

use selfsame_events::Status;
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError, decode};
use selfsame_web::{Client, Problem};

use super::primary::{own_profiles, store_primary};
use crate::Profiles;
use selfsame_identity::{authentication::SignedIn, authentication::Viewer, limits};
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::visibility::Audience;
use selfsame_users::{records::Claim, records::Galleries, records::Gallery};

/// A profile that a viewer may see.
pub(crate) struct VisibleProfile {
    /// The owner.
    pub(crate) person: Arc<UserSnapshot>,
    /// The audience of the viewer.
    pub(crate) audience: Audience,
    /// The profile.
    pub(crate) gallery: Gallery,
}

/// The profile `id` for `viewer`, who calls from `client`.
pub(crate) async fn seen(
    profiles: &Profiles,
    viewer: &Viewer,
    client: &Client,
    id: &str,
) -> Result<VisibleProfile, Problem> {
    limits::take_read(&profiles.identity, viewer)?;
    let Some(owner) = media_owner(profiles, &Gallery::claim(checked(id)?)).await? else {
        return seen_unstored(profiles, viewer, id).await;
    };
    let person = profiles.users.cache.get(&owner).await?.ok_or_else(Problem::not_found)?;
    let audience = viewer.audience(&owner);
    if !shows(&person, audience) {
        return Err(Problem::not_found());
    }
    let gallery =
        load(profiles, &owner).await?.profile(id).cloned().ok_or_else(Problem::not_found)?;
    viewer.record_read(&profiles.identity, client, &owner);
    Ok(VisibleProfile { person, audience, gallery })
}

/// The profile `id` where none is stored: it may be the viewer's own primary profile, which is
/// stored with its first change.
async fn seen_unstored(
    profiles: &Profiles,
    viewer: &Viewer,
    id: &str,
) -> Result<VisibleProfile, Problem> {
    let caller = viewer.0.as_ref().ok_or_else(Problem::not_found)?;
    let gallery = own_profiles(profiles, &caller.person).await?.profile(id).cloned();
    let gallery = gallery.ok_or_else(Problem::not_found)?;
    Ok(VisibleProfile { person: Arc::clone(&caller.person), audience: Audience::Owner, gallery })
}

/// The caller's own profile `id`.
pub(crate) async fn own(
    profiles: &Profiles,
    caller: &SignedIn,
    id: &str,
) -> Result<Gallery, Problem> {
    own_profiles(profiles, &caller.person)
        .await?
        .profile(id)
        .cloned()
        .ok_or_else(Problem::not_found)
}

/// The same for a change: it is stored from now on.
pub(crate) async fn own_stored(
    profiles: &Profiles,
    caller: &SignedIn,
    id: &str,
) -> Result<Gallery, Problem> {
    let own = own(profiles, caller, id).await?;
    if own.primary {
        store_primary(profiles, caller).await?;
    }
    Ok(own)
}

/// Whether `audience` sees the galleries of `person`.
pub(crate) fn shows(person: &UserSnapshot, audience: Audience) -> bool {
    person.status == Status::Active && person.profile.privacy.avatar.shows_to(audience)
}

/// The galleries of `user`.
pub(crate) async fn load(profiles: &Profiles, user: &UserId) -> Result<Galleries, StoreError> {
    let item = profiles.platform.store.get(&Galleries::key(user)).await?;
    Ok(item.map(|item| decode(&item.body)).transpose()?.unwrap_or_default())
}

/// The user that the claim at `key` belongs to.
pub(super) async fn media_owner(
    profiles: &Profiles,
    key: &Key,
) -> Result<Option<UserId>, StoreError> {
    let item = profiles.platform.store.get(key).await?;
    Ok(item.map(|item| decode::<Claim>(&item.body)).transpose()?.map(|claim| claim.user_id))
}

/// `id`, if it has the form of one.
pub(super) fn checked(id: &str) -> Result<&str, Problem> {
    let fits = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(id) } else { Err(Problem::not_found()) }
}
