//! The records of a user's profiles and their galleries.

use schemars::JsonSchema;
use selfsame_events::user_key;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use super::{Claim, StoredPicture};

/// All profiles of a user with their galleries, at `galleries` of their partition. It is one
/// record, since the number of profiles, the free ids and the visibility are decided over all of
/// them. A few kilobytes, at most about 60.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Galleries {
    /// In the order in which they were made; the first is the primary one.
    pub profiles: Vec<Gallery>,
}

impl Record for Galleries {
    const KIND: &'static str = "galleries";
}

impl Galleries {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "galleries")
    }

    /// The profile with that id.
    #[must_use]
    pub fn profile(&self, id: &str) -> Option<&Gallery> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// The profile with that id, to be changed.
    pub fn profile_mut(&mut self, id: &str) -> Option<&mut Gallery> {
        self.profiles.iter_mut().find(|profile| profile.id == id)
    }

    /// All media of all profiles.
    pub fn media(&self) -> impl Iterator<Item = &Media> {
        self.profiles.iter().flat_map(|profile| &profile.media)
    }
}

/// One profile with its gallery.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gallery {
    /// 8 base-62 characters.
    pub id: String,
    /// Whether it is the primary one, whose name and text are those of [`super::Profile`].
    pub primary: bool,
    /// 1 to 50 characters; empty for the primary one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Up to 500 characters; empty for the primary one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bio: String,
    /// Where it stands among the profiles of its owner.
    pub order: u32,
    /// Media ids that are free, the next one first.
    #[serde(rename = "allocatedMediaIds")]
    pub allocated: Vec<String>,
    /// Media ids of pictures that have arrived, in the order in which they are shown.
    #[serde(rename = "activeMediaIds")]
    pub active: Vec<String>,
    /// What is known of pictures, also of those that are awaited and of those that came to nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// Counts changes of name, text and order, from 1.
    pub version: u64,
    /// Counts changes of the gallery, from 1.
    pub media_version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When name, text or order last changed.
    pub updated_at: Timestamp,
}

impl Gallery {
    /// One with nothing in it, not even ids.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            id: String::new(),
            primary: false,
            display_name: String::new(),
            bio: String::new(),
            order: 0,
            allocated: Vec::new(),
            active: Vec::new(),
            media: Vec::new(),
            version: 1,
            media_version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    /// The picture with that id.
    #[must_use]
    pub fn find(&self, media: &str) -> Option<&Media> {
        self.media.iter().find(|known| known.id == media)
    }

    /// The key of the claim on a profile's id.
    #[must_use]
    pub fn claim(id: &str) -> Key {
        Claim::key("profile", id)
    }
}

/// How far a picture is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum MediaStatus {
    /// Its file is awaited.
    Pending,
    /// Its file has arrived.
    Processing,
    /// It is shown.
    Ready,
    /// Its file was no good; its id is free again.
    Error,
}

/// What the owner says of a file before uploading it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Declared")]
pub struct DeclaredFile {
    /// Bytes.
    pub size: u64,
    /// `jpeg`, `png`, ….
    pub format: String,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// What has arrived.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReceivedFile {
    /// The entity tag that the store gave it, without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
}

/// One picture of a gallery.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Media {
    /// 8 base-62 characters. Used again for another picture when this one is gone.
    pub id: String,
    /// A ULID that distinguishes this picture from others that had its id.
    pub ticket: String,
    /// How far it is.
    pub status: MediaStatus,
    /// The position that the owner asked for, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<u32>,
    /// The owner's description of the file.
    pub declared: DeclaredFile,
    /// Where the file is uploaded to: `uploads/profile-images/aB3cD4eF.jpg`.
    pub upload: String,
    /// When a background task has to act, where the status does not change by itself.
    pub due: Timestamp,
    /// What has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<ReceivedFile>,
    /// Whether the owner has reported the upload, too.
    #[serde(default)]
    pub confirmed: bool,
    /// What is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<StoredPicture>,
    /// Why nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
}

impl Media {
    /// The key of the claim on a picture's id.
    #[must_use]
    pub fn claim(id: &str) -> Key {
        Claim::key("media", id)
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Galleries>();
    }
}
