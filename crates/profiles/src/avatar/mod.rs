//! A user's avatar: checked, stripped of all metadata, in three sizes under names that can't be
//! guessed. A picture that is replaced, removed or shown to fewer people loses its old URLs.

mod async_upload;
mod form;
mod http;
mod problem;
mod rename;
mod rule;
#[cfg(test)]
mod tests;
mod view;

/// The folders of avatars.
const FOLDERS: PictureFolders =
    PictureFolders { purpose: "avatar", original: FOLDER, medium: FOLDER, thumbnail: FOLDER };
const FOLDER: &str = "avatars";

pub use async_upload::{AvatarFailed, AvatarUploaded};
pub use http::FEATURE;
pub use rename::{AvatarBlobRename, rename_blobs};
pub use rule::{AvatarRemoved, AvatarUpdated};
use selfsame_media::blob_names::PictureFolders;
pub use view::{AvatarUploadView, AvatarView};
