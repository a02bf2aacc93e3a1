//! New URLs for the pictures of all of a user's galleries, whose visibility is narrowed.

use std::collections::BTreeMap;

use selfsame_blobs::BlobName;
use selfsame_events::{Changes, Loaded};
use selfsame_primitives::UserId;
use selfsame_store::Key;
use selfsame_web::{Code, Detail, Problem};

use super::{FOLDERS, load};
use crate::Profiles;
use selfsame_media::{blob_gc::DroppedBlobs, blob_gc::ReservedBlobs};
use selfsame_media::{blob_names::BlobCopies, blob_names::blobs_of, blob_names::copy};
use selfsame_users::{records::Galleries, records::StoredPicture};

/// Galleries under new names, already copied: made before the change that narrows their visibility,
/// applied within it.
#[derive(Clone, Debug)]
pub struct RenamedGalleries {
    galleries: Key,
    /// Each picture before and after, by the name of its largest size.
    pictures: BTreeMap<String, (StoredPicture, StoredPicture)>,
    expected: Option<ReservedBlobs>,
    drop_slot: DroppedBlobs,
}

impl RenamedGalleries {
    /// The keys that the change must load besides the profile.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.galleries).chain(self.expected.as_ref().map(ReservedBlobs::key))
    }

    /// Adds the new names of the pictures to `changes`. A [`Code::Conflict`] where they are not the
    /// copied ones any more: copy again.
    pub fn apply(&self, loaded: &Loaded, changes: Changes) -> Result<Changes, Problem> {
        let mut galleries: Galleries = loaded.get(&self.galleries)?.unwrap_or_default();
        let mut dropped: Vec<BlobName> = Vec::new();
        let all = galleries.profiles.iter_mut().flat_map(|profile| &mut profile.media);
        for shown in all.filter_map(|media| media.picture.as_mut()) {
            let copied = self.pictures.get(&shown.original).filter(|(before, _)| before == shown);
            let (before, after) = copied.ok_or_else(changed_meanwhile)?;
            dropped.extend(blobs_of(before));
            *shown = after.clone();
        }
        let Some(expected) = self.expected.as_ref().filter(|_| !dropped.is_empty()) else {
            return Ok(changes);
        };
        galleries.profiles.iter_mut().for_each(|profile| profile.media_version += 1);
        let changes = expected.apply(loaded, changes.put(self.galleries.clone(), &galleries))?;
        // Copies of pictures that were deleted meanwhile stay reserved, so garbage collection
        // deletes them.
        let unused = self
            .pictures
            .values()
            .filter(|(before, _)| !dropped.iter().any(|name| name.as_str() == before.original));
        let unused: Vec<BlobName> = unused.flat_map(|(_, after)| blobs_of(after)).collect();
        Ok(self.drop_slot.take(dropped.into_iter().chain(unused).collect(), changes))
    }
}

fn changed_meanwhile() -> Problem {
    Problem::new(Code::Conflict, Detail::GalleryChanged)
}

/// Copies the pictures of `user`'s galleries to new names. Until they are applied the copies are
/// only reserved, so garbage collection deletes them if they never are.
///
/// After the change, wake the garbage collector: it deletes the blobs under the old names.
pub async fn rename_galleries(
    profiles: &Profiles,
    user: &UserId,
) -> Result<RenamedGalleries, Problem> {
    let galleries = load(profiles, user).await?;
    let (mut copies, mut pictures) = (BlobCopies::new(), BTreeMap::new());
    for before in galleries.media().filter_map(|media| media.picture.as_ref()) {
        let after = FOLDERS
            .rename(&profiles.media, before, &mut copies)
            .map_err(|_| Problem::internal())?;
        pictures.insert(before.original.clone(), (before.clone(), after));
    }
    let expected =
        if copies.is_empty() { None } else { Some(copy(&profiles.media, &copies).await?) };
    Ok(RenamedGalleries {
        galleries: Galleries::key(user),
        pictures,
        expected,
        drop_slot: profiles.media.blob_gc.drop_slot(),
    })
}
