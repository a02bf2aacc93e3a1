//! Blob names that can't be guessed, and that don't reveal whose picture it is.

use std::collections::BTreeMap;

use bytes::Bytes;
use selfsame_blobs::{BlobName, InvalidName, MediaType};
use selfsame_images::{Encoded, Outputs};
use selfsame_primitives::{Keys, Timestamp, base64url};
use selfsame_web::Problem;

use crate::Media;
use crate::blob_gc::ReservedBlobs;
use crate::pictures::problem;
use selfsame_users::records::StoredPicture as Picture;

/// Blobs with their names.
pub type NamedBlobs = BTreeMap<BlobName, Bytes>;

/// Old names of blobs, each with its new one.
pub type BlobCopies = BTreeMap<BlobName, BlobName>;

/// Reserves copies and makes them one after the other, so that memory never holds more than one.
pub async fn copy(media: &Media, copies: &BlobCopies) -> Result<ReservedBlobs, Problem> {
    let expected = media.blob_gc.reserve(copies.values().cloned().collect()).await?;
    for (old, new) in copies {
        let Some(blob) = media.blobs.get(old, None).await.map_err(problem::of_blobs)? else {
            // A missing file must not prevent an owner from hiding its address.
            tracing::error!(name = %old, "a picture is missing from the blob store");
            continue;
        };
        media.blob_gc.write([(new.clone(), blob.bytes)]).await.map_err(problem::of_blobs)?;
    }
    Ok(expected)
}

/// Names blobs after their content and a nonce: the same picture sent twice, or by two users, has
/// two addresses, and equal sizes of one picture in one folder have one. A copy is named after the
/// name of its original.
struct BlobNamer<'k> {
    keys: &'k Keys,
    purpose: &'static str,
    nonce: [u8; 16],
}

impl BlobNamer<'_> {
    /// The name of `content` in `folder`.
    fn name(&self, folder: &str, content: &[u8], kind: MediaType) -> Result<BlobName, InvalidName> {
        BlobName::new(folder, &self.keys.name(self.purpose, &[content, &self.nonce]), kind)
    }
}

/// The folders of a picture's sizes, and the purpose that their names are derived for.
#[derive(Clone, Copy, Debug)]
pub struct PictureFolders {
    /// A purpose of its own for each kind of picture.
    pub purpose: &'static str,
    /// The folder of the largest size.
    pub original: &'static str,
    /// The folder of the middle size.
    pub medium: &'static str,
    /// The folder of the thumbnail.
    pub thumbnail: &'static str,
}

impl PictureFolders {
    /// Names `outputs`: the blobs to write, and the record that refers to them, of the time `now`.
    pub fn name(
        &self,
        media: &Media,
        outputs: Outputs,
        now: Timestamp,
    ) -> Result<(NamedBlobs, Picture), InvalidName> {
        let Outputs { original, medium, thumbnail, placeholder, width, height } = outputs;
        let (content_type, file_size) = (original.mime.to_owned(), original.bytes.len() as u64);
        let (namer, mut blobs) = (self.namer(media), NamedBlobs::new());
        let mut keep = |folder: &str, encoded: Encoded| {
            let name = namer.name(folder, &encoded.bytes, kind_of(&encoded)?)?;
            blobs.insert(name.clone(), encoded.bytes.into());
            Ok(name.as_str().to_owned())
        };
        let picture = Picture {
            original: keep(self.original, original)?,
            medium: keep(self.medium, medium)?,
            thumbnail: thumbnail.map(|encoded| keep(self.thumbnail, encoded)).transpose()?,
            content_type,
            file_size,
            width,
            height,
            placeholder: base64url(&placeholder),
            uploaded_at: now,
        };
        Ok((blobs, picture))
    }

    /// The same picture under new names, which nothing lies under yet; what is to be copied where
    /// goes to `copies`.
    pub fn rename(
        &self,
        media: &Media,
        before: &Picture,
        copies: &mut BlobCopies,
    ) -> Result<Picture, InvalidName> {
        let (namer, mut after) = (self.namer(media), before.clone());
        let sizes = [Some(&mut after.original), Some(&mut after.medium), after.thumbnail.as_mut()];
        for name in sizes.into_iter().flatten() {
            let old = BlobName::parse(name)?;
            let new = namer.name(old.folder(), old.as_str().as_bytes(), old.media_type())?;
            new.as_str().clone_into(name);
            copies.insert(old, new);
        }
        Ok(after)
    }

    fn namer<'k>(&self, media: &'k Media) -> BlobNamer<'k> {
        BlobNamer {
            keys: &media.platform.keys,
            purpose: self.purpose,
            nonce: (*media.platform.random).bytes(),
        }
    }
}

/// The blobs that `picture` refers to, each once.
#[must_use]
pub fn blobs_of(picture: &Picture) -> Vec<BlobName> {
    let sizes = [Some(&picture.original), Some(&picture.medium), picture.thumbnail.as_ref()];
    let mut names: Vec<_> =
        sizes.into_iter().flatten().filter_map(|name| BlobName::parse(name).ok()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What kind of blob an output is.
fn kind_of(encoded: &Encoded) -> Result<MediaType, InvalidName> {
    let found = MediaType::ALL.iter().find(|kind| kind.mime() == encoded.mime);
    found.copied().ok_or(InvalidName)
}
