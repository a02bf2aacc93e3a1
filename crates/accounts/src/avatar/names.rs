//! What the sizes of a picture are called, and which record refers to them.

use selfsame_basics::base64url;
use selfsame_blobs::{BlobName, InvalidName};
use selfsame_images::{Encoded, Outputs};

use crate::pictures::{Named, Namer, kind_of};
use crate::records::Avatar;

pub(super) const FOLDER: &str = "avatars";
/// What names are derived for.
pub(super) const PURPOSE: &str = "avatar";

/// Names `outputs`: the blobs to write, and the record that refers to them.
pub(super) fn named(outputs: Outputs, namer: &Namer<'_>) -> Result<(Named, Avatar), InvalidName> {
    let Outputs { original, medium, thumbnail, placeholder, width, height } = outputs;
    let (content_type, file_size) = (original.mime.to_owned(), original.bytes.len() as u64);
    let mut blobs = Named::new();
    let mut keep = |encoded: Encoded| {
        let name = namer.name(FOLDER, &encoded.bytes, kind_of(&encoded)?)?;
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

/// The blobs that `avatar` refers to, each once.
pub(super) fn blobs_of(avatar: &Avatar) -> Vec<BlobName> {
    let sizes = [Some(&avatar.original), Some(&avatar.medium), avatar.thumbnail.as_ref()];
    let mut names: Vec<_> =
        sizes.into_iter().flatten().filter_map(|name| BlobName::parse(name).ok()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
