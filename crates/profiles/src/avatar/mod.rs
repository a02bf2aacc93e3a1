//! The picture a user shows: checked, stripped of everything it could tell, in three sizes under
//! names that nobody can guess. A picture that is replaced, removed or shown to fewer people loses
//! its old addresses.

mod form;
mod http;
mod later;
mod problem;
mod rename;
mod rule;
#[cfg(test)]
mod tests;

/// Where avatars lie.
const PLACES: PictureFolders =
    PictureFolders { purpose: "avatar", original: FOLDER, medium: FOLDER, thumbnail: FOLDER };
const FOLDER: &str = "avatars";

pub use http::{AvatarUploadView, AvatarView, FEATURE};
pub use later::{AvatarFailed, AvatarUploaded};
pub use rename::{Renamed, fresh_names};
pub use rule::{AvatarRemoved, AvatarUpdated};
use selfsame_media::blob_names::PictureFolders;
