//! Names that nobody can guess, and that tell nothing of whose picture it is.

use std::collections::BTreeMap;

use bytes::Bytes;
use selfsame_basics::{Keys, Random};
use selfsame_blobs::{BlobName, InvalidName, MediaType};
use selfsame_images::Encoded;
use selfsame_web::Problem;

use super::problem;
use crate::App;

/// Blobs with their names.
pub(crate) type Named = BTreeMap<BlobName, Bytes>;

/// Names blobs after their content and a nonce: the same picture sent twice, or by two people, has two addresses, and
/// equal sizes of one picture in one folder have one.
pub(crate) struct Namer<'k> {
    keys: &'k Keys,
    purpose: &'static str,
    nonce: [u8; 16],
}

impl<'k> Namer<'k> {
    /// One for a new picture.
    pub(crate) fn new(keys: &'k Keys, purpose: &'static str, random: &dyn Random) -> Self {
        Self { keys, purpose, nonce: random.bytes() }
    }

    /// The name of `content` in `folder`.
    pub(crate) fn name(
        &self,
        folder: &str,
        content: &[u8],
        kind: MediaType,
    ) -> Result<BlobName, InvalidName> {
        BlobName::new(folder, &self.keys.name(self.purpose, &[content, &self.nonce]), kind)
    }

    /// Copies the blob at `old` to a new name in the same folder: reads it, notes the copy in `copies`, and gives its name.
    pub(crate) async fn copy(&self, app: &App, old: &str, copies: &mut Named) -> Result<String, Problem> {
        let old = BlobName::parse(old).map_err(|_| Problem::internal())?;
        let found = app.blobs.get(&old, None).await.map_err(problem::of_blobs)?;
        let new = |content: &[u8]| {
            self.name(old.folder(), content, old.media_type()).map_err(|_| Problem::internal())
        };
        let Some(blob) = found else {
            // A file that is lost must not keep anybody from hiding its address.
            tracing::error!(name = %old, "a picture is missing from the blob store");
            return Ok(new(old.as_str().as_bytes())?.as_str().to_owned());
        };
        let name = new(&blob.bytes)?;
        copies.insert(name.clone(), blob.bytes);
        Ok(name.as_str().to_owned())
    }
}

/// What kind of blob an output is.
pub(crate) fn kind_of(encoded: &Encoded) -> Result<MediaType, InvalidName> {
    let found = MediaType::ALL.iter().find(|kind| kind.mime() == encoded.mime);
    found.copied().ok_or(InvalidName)
}
