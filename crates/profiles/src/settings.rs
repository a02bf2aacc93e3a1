//! Settings of profiles and galleries.

use std::time::Duration;

use selfsame_blobs::UploadFormSigner;
use selfsame_blobs::upload_form::SigningKey;
use selfsame_primitives::{Keys, Secret, base64url};

use selfsame_media::pictures::Format;

/// The settings of this crate.
#[derive(Clone, Debug)]
pub struct ProfilesSettings {
    /// The settings of galleries.
    pub gallery: GallerySettings,
    /// How long an alias lasts.
    pub alias_expiry: Duration,
    /// How long activity entries are stored, and so the owners of aliases.
    pub activity_retention: Duration,
    /// How long generated avatars may be cached.
    pub profile_cache_ttl: Duration,
}

impl Default for ProfilesSettings {
    fn default() -> Self {
        Self {
            gallery: GallerySettings::default(),
            alias_expiry: Duration::from_hours(720),
            activity_retention: Duration::from_hours(365 * 24),
            profile_cache_ttl: Duration::from_mins(5),
        }
    }
}

/// The settings of galleries.
#[derive(Clone, PartialEq, Debug)]
pub struct GallerySettings {
    /// The largest file, in bytes; at most [`selfsame_media::pictures::PictureSettings::LARGEST`].
    pub max_bytes: u64,
    /// The accepted formats, by the names in the setting: `jpeg`, `jpg`, `png`, `webp`.
    pub formats: Vec<String>,
    /// How long an upload form is valid.
    pub upload_expiry: Duration,
    /// The media ids of a profile; at most [`GallerySettings::MOST`].
    pub per_profile: usize,
    /// The bucket of uploads.
    pub bucket: String,
    /// The region that forms for the bucket are signed for.
    pub region: String,
}

impl GallerySettings {
    /// The most media ids of a profile that can be set: all pictures of a user are renamed in one
    /// commit.
    pub const MOST: usize = 10;

    /// The formats that the names stand for.
    pub(crate) fn accepted_formats(&self) -> Vec<Format> {
        let mut formats: Vec<Format> = Vec::new();
        for format in self.formats.iter().filter_map(|name| format_named(name)) {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }
}

impl Default for GallerySettings {
    fn default() -> Self {
        Self {
            max_bytes: 10 << 20,
            formats: ["jpeg", "jpg", "png", "webp"].map(str::to_owned).into(),
            upload_expiry: Duration::from_hours(1),
            per_profile: 5,
            bucket: "selfsame-media".into(),
            region: "us-east-1".into(),
        }
    }
}

/// The upload store of an embedded installation: forms for the bucket of `settings`, signed with a
/// key of this installation.
#[must_use]
pub fn upload_form_signer(
    settings: &GallerySettings,
    public_url: &str,
    keys: &Keys,
) -> UploadFormSigner {
    let GallerySettings { bucket, region, .. } = settings;
    let secret = Secret::new(base64url(keys.derive("upload-form")));
    let url = format!("{public_url}/uploads/{bucket}");
    UploadFormSigner::new(url, bucket, SigningKey::new("selfsame", secret, region))
}

/// The format that a client calls `name`.
pub(crate) fn format_named(name: &str) -> Option<Format> {
    selfsame_media::pictures::PictureSettings::format_named(name)
}
