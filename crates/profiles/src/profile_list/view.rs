//! Views of a user's profiles.

use schemars::JsonSchema;
use selfsame_primitives::{Timestamp, UserId};
use serde::Serialize;

use crate::gallery::shows;
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::visibility::Audience;
use selfsame_users::{records::Galleries, records::Gallery, records::Profile};

/// One of a user's profiles. What the caller may not see is absent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// 8 characters.
    pub profile_id: String,
    /// Whose.
    pub user_id: UserId,
    /// Whether it is the primary one, whose name and text are those of `/v1/profile`.
    pub primary: bool,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Smaller numbers come first.
    pub order: u32,
    /// Media ids that are free; for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated_media_ids: Option<Vec<String>>,
    /// Media ids of its pictures, in order; for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_media_ids: Option<Vec<String>>,
    /// The number that `ETag` begins with; for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// When it was made; for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it last changed; for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// The version of `gallery`, which for the primary one counts changes of `profile` too.
pub(super) fn version(gallery: &Gallery, profile: &Profile) -> u64 {
    gallery.version + if gallery.primary { profile.version } else { 0 }
}

/// `gallery` of the user `user_id` with `profile`, as `audience` sees it.
pub(super) fn view(
    user_id: &UserId,
    profile: &Profile,
    gallery: &Gallery,
    audience: Audience,
) -> ProfileView {
    let (name, bio) = if gallery.primary {
        (&profile.display_name, &profile.bio)
    } else {
        (&gallery.display_name, &gallery.bio)
    };
    let is_own = audience == Audience::Owner;
    let privacy = &profile.privacy;
    let changed = if gallery.primary {
        gallery.updated_at.max(profile.updated_at)
    } else {
        gallery.updated_at
    };
    ProfileView {
        profile_id: gallery.id.clone(),
        user_id: user_id.clone(),
        primary: gallery.primary,
        display_name: privacy.display_name.shows_to(audience).then(|| name.clone()),
        bio: privacy.bio.shows_to(audience).then(|| bio.clone()),
        order: gallery.order,
        allocated_media_ids: is_own.then(|| gallery.allocated.clone()),
        active_media_ids: is_own.then(|| gallery.active.clone()),
        version: is_own.then(|| version(gallery, profile)),
        created_at: is_own.then_some(gallery.created_at),
        updated_at: is_own.then_some(changed),
    }
}

/// The profiles of `person` that `audience` sees, in order: all, or none where the galleries are
/// hidden.
pub(super) fn list(
    person: &UserSnapshot,
    galleries: &Galleries,
    audience: Audience,
) -> Vec<ProfileView> {
    if !shows(person, audience) {
        return Vec::new();
    }
    let mut shown: Vec<&Gallery> = galleries.profiles.iter().collect();
    shown.sort_by_key(|gallery| gallery.order);
    shown
        .into_iter()
        .map(|gallery| view(&person.user_id, &person.profile, gallery, audience))
        .collect()
}
