//! Views of a gallery.

use schemars::JsonSchema;
use selfsame_primitives::Timestamp;
use serde::Serialize;

use crate::Profiles;
use crate::primary_profile::media_url;
use selfsame_platform::PublicUrls;
use selfsame_users::visibility::Audience;
use selfsame_users::{
    records::DeclaredFile, records::Gallery, records::Media, records::MediaStatus,
    records::StoredPicture,
};

/// The addresses of a picture.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MediaUrls {
    /// At most 2048 pixels a side.
    pub original: String,
    /// At most 512 pixels a side.
    pub medium: String,
    /// A square; absent where thumbnails are off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb: Option<String>,
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Dimensions {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// A picture of a gallery.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaView {
    /// 8 characters.
    pub media_id: String,
    /// In which profile.
    pub profile_id: String,
    /// `image`.
    pub media_type: &'static str,
    /// How far it is. Others only see what is ready.
    pub status: MediaStatus,
    /// Its place, from 1: the one it has, or while it is awaited the one that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<usize>,
    /// Where it is, once it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urls: Option<MediaUrls>,
    /// A thumbhash in URL-safe base 64, to show while the picture loads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// The media type of the original as it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Bytes of the original as it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
    /// Its size as it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Dimensions>,
    /// What was said of it before it was uploaded; for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<DeclaredFile>,
    /// Why there is nothing to show, where the status is `error`.
    #[serde(rename = "error_msg", skip_serializing_if = "Option::is_none")]
    pub error_msg: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
}

/// The pictures of a profile.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaList {
    /// Whose.
    pub profile_id: String,
    /// Those that are shown, in order; for the owner then those that are awaited and those that
    /// came to nothing.
    pub items: Vec<MediaView>,
    /// How many more may be asked for; for the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<usize>,
}

/// What `audience` sees of the picture `media`.
pub(super) fn media(
    urls: &PublicUrls,
    gallery: &Gallery,
    media: &Media,
    audience: Audience,
) -> Option<MediaView> {
    let is_own = audience == Audience::Owner;
    if !is_own && media.status != MediaStatus::Ready {
        return None;
    }
    let shown = media.picture.as_ref();
    let position = gallery.active.iter().position(|id| *id == media.id).map(|at| at + 1);
    Some(MediaView {
        media_id: media.id.clone(),
        profile_id: gallery.id.clone(),
        media_type: "image",
        status: media.status,
        order: position.or_else(|| media.wanted.and_then(|wanted| usize::try_from(wanted).ok())),
        urls: shown.map(|picture| urls_of(urls, picture)),
        placeholder: shown.map(|picture| picture.placeholder.clone()),
        mime_type: shown.map(|picture| picture.content_type.clone()),
        file_size: shown.map(|picture| picture.file_size),
        dimensions: shown
            .map(|picture| Dimensions { width: picture.width, height: picture.height }),
        metadata: is_own.then(|| media.declared.clone()),
        error_msg: media.error.clone(),
        created_at: media.created_at,
        updated_at: media.updated_at,
    })
}

/// The addresses of `picture`.
pub(super) fn urls_of(urls: &PublicUrls, picture: &StoredPicture) -> MediaUrls {
    MediaUrls {
        original: media_url(urls, &picture.original),
        medium: media_url(urls, &picture.medium),
        thumb: picture.thumbnail.as_ref().map(|name| media_url(urls, name)),
    }
}

/// What `audience` sees of `gallery`.
pub(super) fn list(profiles: &Profiles, gallery: &Gallery, audience: Audience) -> MediaList {
    let urls = &profiles.platform.urls;
    let active = gallery.active.iter().filter_map(|id| gallery.find(id));
    let others = gallery.media.iter().filter(|media| !gallery.active.contains(&media.id));
    let shown = active.chain(others).filter_map(|known| media(urls, gallery, known, audience));
    let free = (audience == Audience::Owner).then(|| {
        profiles
            .settings
            .gallery
            .per_profile
            .saturating_sub(super::rule::in_use(gallery))
            .min(gallery.allocated.len())
    });
    MediaList { profile_id: gallery.id.clone(), items: shown.collect(), free }
}
