//! New URLs for an avatar whose visibility is narrowed.

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::UserId;
use selfsame_store::{Key, decode};
use selfsame_web::{Code, Detail, Problem};

use super::FOLDERS;
use crate::Profiles;
use selfsame_media::{blob_gc::DroppedBlobs, blob_gc::ReservedBlobs};
use selfsame_media::{blob_names::BlobCopies, blob_names::blobs_of, blob_names::copy};
use selfsame_users::{records::Profile, records::StoredPicture};

/// An avatar under new names, already copied: made before the change that narrows its visibility,
/// applied within it.
#[derive(Clone, Debug)]
pub struct AvatarBlobRename {
    before: StoredPicture,
    after: StoredPicture,
    expected: ReservedBlobs,
    drop_slot: DroppedBlobs,
}

impl AvatarBlobRename {
    /// The keys that the change must load besides the profile.
    #[must_use]
    pub const fn key(&self) -> &Key {
        self.expected.key()
    }

    /// Gives `profile` the new names, and adds the writes about blobs to `changes`. A
    /// [`Code::Conflict`] where the avatar is not the copied one any more: copy again.
    pub fn apply(
        &self,
        loaded: &Loaded,
        profile: &mut Profile,
        changes: Changes,
    ) -> Result<Changes, Problem> {
        if profile.avatar.as_ref() != Some(&self.before) {
            return Err(Problem::new(Code::Conflict, Detail::PictureChanged));
        }
        profile.avatar = Some(self.after.clone());
        Ok(self.drop_slot.take(blobs_of(&self.before), self.expected.apply(loaded, changes)?))
    }
}

/// Copies the avatar of `user` to new names; `None` where there is none. Until they are applied the
/// copies are only reserved, so garbage collection deletes them if they never are.
///
/// After the change, wake the garbage collector: it deletes the blobs under the old names.
pub async fn rename_blobs(
    profiles: &Profiles,
    user: &UserId,
) -> Result<Option<AvatarBlobRename>, Problem> {
    let Some(item) = profiles.platform.store.get(&Profile::key(user)).await? else {
        return Ok(None);
    };
    let profile: Profile = decode(&item.body).map_err(selfsame_store::StoreError::from)?;
    let Some(before) = profile.avatar else { return Ok(None) };
    let mut copies = BlobCopies::new();
    let after =
        FOLDERS.rename(&profiles.media, &before, &mut copies).map_err(|_| Problem::internal())?;
    let expected = copy(&profiles.media, &copies).await?;
    Ok(Some(AvatarBlobRename {
        before,
        after,
        expected,
        drop_slot: profiles.media.blob_gc.drop_slot(),
    }))
}
