//! New addresses for the pictures of all of a user's galleries, since fewer people may see them
//! from now on.

use std::collections::BTreeMap;

use selfsame_blobs::BlobName;
use selfsame_events::{Changes, Loaded};
use selfsame_primitives::UserId;
use selfsame_store::Key;
use selfsame_web::{Code, Detail, Problem};

use super::{PLACES, load};
use crate::Profiles;
use selfsame_media::{blob_gc::DroppedBlobs, blob_gc::ReservedBlobs};
use selfsame_media::{blob_names::BlobCopies, blob_names::blobs_of, blob_names::copy};
use selfsame_users::{records::Galleries, records::StoredPicture};

/// Galleries under new names, already copied; made before the change that narrows who sees them,
/// used within it.
#[derive(Clone, Debug)]
pub struct RenamedGalleries {
    galleries: Key,
    /// Each picture as it was, by the name of its largest size, and as it will be.
    pictures: BTreeMap<String, (StoredPicture, StoredPicture)>,
    expected: Option<ReservedBlobs>,
    bin: DroppedBlobs,
}

impl RenamedGalleries {
    /// What the change must load besides the profile.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.galleries).chain(self.expected.as_ref().map(ReservedBlobs::key))
    }

    /// Adds to `changes` that the pictures have their new names. A [`Code::Conflict`] where they
    /// are not those that were copied any more: copy again.
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
        // Copies of pictures that are gone by now are not referred to, and their note is.
        let unused = self
            .pictures
            .values()
            .filter(|(before, _)| !dropped.iter().any(|name| name.as_str() == before.original));
        let unused: Vec<BlobName> = unused.flat_map(|(_, after)| blobs_of(after)).collect();
        Ok(self.bin.take(dropped.into_iter().chain(unused).collect(), changes))
    }
}

fn changed_meanwhile() -> Problem {
    Problem::new(Code::Conflict, Detail::GalleryChanged)
}

/// Copies the pictures of `user`'s galleries to new names. Until the copies are used they are only
/// expected, so nothing is lost if they never are.
///
/// After the change, wake the ledger: it deletes what lies under the old names.
pub async fn fresh_gallery_names(
    profiles: &Profiles,
    user: &UserId,
) -> Result<RenamedGalleries, Problem> {
    let galleries = load(profiles, user).await?;
    let (mut copies, mut pictures) = (BlobCopies::new(), BTreeMap::new());
    for before in galleries.media().filter_map(|media| media.picture.as_ref()) {
        let after =
            PLACES.rename(&profiles.media, before, &mut copies).map_err(|_| Problem::internal())?;
        pictures.insert(before.original.clone(), (before.clone(), after));
    }
    let expected =
        if copies.is_empty() { None } else { Some(copy(&profiles.media, &copies).await?) };
    Ok(RenamedGalleries {
        galleries: Galleries::key(user),
        pictures,
        expected,
        bin: profiles.media.blob_gc.drop_slot(),
    })
}
