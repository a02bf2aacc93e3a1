//! Names that nobody can guess, and that tell nothing of whose picture it is.

use std::collections::BTreeMap;

use bytes::Bytes;
use selfsame_basics::{Keys, Random, base64url};
use selfsame_blobs::{BlobName, InvalidName, MediaType};
use selfsame_images::{Encoded, Outputs};

use crate::records::Avatar;

pub(super) const FOLDER: &str = "avatars";

/// Blobs with their names.
pub(super) type Named = BTreeMap<BlobName, Bytes>;

/// Names blobs after their content and a nonce: the same picture sent twice, or by two people, has two addresses, and
/// equal sizes of one picture have one.
pub(super) struct Namer<'k> {
    keys: &'k Keys,
    nonce: [u8; 16],
}

impl<'k> Namer<'k> {
    pub(super) fn new(keys: &'k Keys, random: &dyn Random) -> Self {
        Self { keys, nonce: random.bytes() }
    }

    pub(super) fn name(&self, content: &[u8], kind: MediaType) -> Result<BlobName, InvalidName> {
        BlobName::new(FOLDER, &self.keys.name("avatar", &[content, &self.nonce]), kind)
    }
}

/// Names `outputs`: the blobs to write, and the record that refers to them.
pub(super) fn named(outputs: Outputs, namer: &Namer<'_>) -> Result<(Named, Avatar), InvalidName> {
    let Outputs { original, medium, thumbnail, placeholder, width, height } = outputs;
    let (content_type, file_size) = (original.mime.to_owned(), original.bytes.len() as u64);
    let mut blobs = Named::new();
    let mut keep = |encoded: Encoded| {
        let name = namer.name(&encoded.bytes, kind(&encoded)?)?;
        blobs.insert(name.clone(), encoded.bytes.into());
        Ok(name.as_str().to_owned())
    };
    let avatar = Avatar {
        original: keep(original)?,
        medium: keep(medium)?,
        thumbnail: thumbnail.map(&mut keep).transpose()?,
        content_type,
        file_size,
        width,
        height,
        placeholder: base64url(&placeholder),
        uploaded_at: selfsame_basics::Timestamp::default(),
    };
    Ok((blobs, avatar))
}

fn kind(encoded: &Encoded) -> Result<MediaType, InvalidName> {
    let found = MediaType::ALL.iter().find(|kind| kind.mime() == encoded.mime);
    found.copied().ok_or(InvalidName)
}

/// The blobs that `avatar` refers to, each once.
pub(super) fn blobs_of(avatar: &Avatar) -> Vec<BlobName> {
    let sizes = [Some(&avatar.original), Some(&avatar.medium), avatar.thumbnail.as_ref()];
    let mut names: Vec<_> =
        sizes.into_iter().flatten().filter_map(|name| BlobName::parse(name).ok()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
