//! Ids for a new profile and its pictures.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{UserId, derived_id, short_id};
use selfsame_store::{Key, StoreError};

use crate::Profiles;
use selfsame_users::{records::Claim, records::Gallery, records::Media};

/// Characters of an id.
const LENGTH: usize = 8;

/// The id of a profile, and those of its pictures.
pub(crate) struct Ids {
    pub(crate) profile: String,
    pub(crate) media: Vec<String>,
}

impl Ids {
    /// Random ids. The claims detect the rare collision.
    pub(crate) fn draw(profiles: &Profiles) -> Self {
        let draw = || short_id(LENGTH, &*profiles.platform.random);
        let media =
            std::iter::repeat_with(draw).take(profiles.settings.gallery.per_profile).collect();
        Self { profile: draw(), media }
    }

    /// The ids of the primary profile of `user`: the same for the same `attempt`, and not
    /// computable without the key.
    pub(super) fn of_primary(profiles: &Profiles, user: &UserId, attempt: u8) -> Self {
        let id = |index: usize| {
            let parts: [&[u8]; 3] = [user.as_str().as_bytes(), &[attempt], &index.to_le_bytes()];
            derived_id(LENGTH, &profiles.platform.keys.hash("primary-profile", &parts))
        };
        Self {
            profile: id(0),
            media: (1..=profiles.settings.gallery.per_profile).map(id).collect(),
        }
    }

    /// The keys of the claims on the ids.
    pub(crate) fn claims(&self) -> impl Iterator<Item = Key> {
        std::iter::once(Gallery::claim(&self.profile))
            .chain(self.media.iter().map(|id| Media::claim(id)))
    }

    /// The changes that claim them for `user`; `None` where one of them is claimed.
    pub(crate) fn claim(
        &self,
        user: &UserId,
        loaded: &Loaded,
    ) -> Result<Option<Changes>, StoreError> {
        let claim = Claim::of(user.clone());
        let is_free = !loaded.has_any(&self.claims().collect::<Vec<_>>())?;
        let claims =
            || self.claims().fold(Changes::none(), |changes, key| changes.put(key, &claim));
        Ok(is_free.then(claims))
    }
}
