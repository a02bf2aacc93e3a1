//! What callers see of avatars and of their uploads.

use schemars::JsonSchema;
use selfsame_platform::PublicUrls;
use selfsame_primitives::Timestamp;
use selfsame_users::records::{MediaStatus, Profile, StoredPicture};
use serde::Serialize;

use super::async_upload::AvatarUpload;
use crate::primary_profile::media_url;

/// A picture that was uploaded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarView {
    /// The picture, at most 2048 pixels a side.
    pub avatar_url: String,
    /// A square cut from its middle; absent where thumbnails are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// The picture, at most 512 pixels a side.
    pub medium_url: String,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// The media type of the picture as it is kept.
    pub content_type: String,
    /// Its size in bytes as it is kept.
    pub file_size: u64,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// A thumbhash in URL-safe base 64, to show while the picture loads.
    pub placeholder: String,
}

impl AvatarView {
    pub(super) fn new(urls: &PublicUrls, avatar: &StoredPicture) -> Self {
        Self {
            avatar_url: media_url(urls, &avatar.original),
            thumbnail_url: avatar.thumbnail.as_ref().map(|name| media_url(urls, name)),
            medium_url: media_url(urls, &avatar.medium),
            uploaded_at: avatar.uploaded_at,
            content_type: avatar.content_type.clone(),
            file_size: avatar.file_size,
            width: avatar.width,
            height: avatar.height,
            placeholder: avatar.placeholder.clone(),
        }
    }
}

/// An upload whose picture is made after the answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarUploadView {
    /// Names it.
    upload_id: String,
    /// How far it is.
    status: MediaStatus,
    /// Where this can be read again.
    pub(super) status_url: String,
    /// The code of what is wrong with the file, where the status is `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What is wrong with the file, where the status is `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The picture, where it is the one that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<AvatarView>,
    /// When the file arrived.
    created_at: Timestamp,
    /// When the status last changed.
    updated_at: Timestamp,
}

impl AvatarUploadView {
    pub(super) fn new(urls: &PublicUrls, upload: AvatarUpload, profile: &Profile) -> Self {
        let is_this = |avatar: &&StoredPicture| {
            upload.status == MediaStatus::Ready && avatar.uploaded_at == upload.updated_at
        };
        let avatar =
            profile.avatar.as_ref().filter(is_this).map(|avatar| AvatarView::new(urls, avatar));
        let (code, error) = upload.error.unzip();
        Self {
            status_url: format!("{}/v1/profile/avatar/uploads/{}", urls.public, upload.id),
            upload_id: upload.id,
            status: upload.status,
            code,
            error,
            avatar,
            created_at: upload.created_at,
            updated_at: upload.updated_at,
        }
    }
}
