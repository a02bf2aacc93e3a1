//! Event payloads of galleries.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::{UserId, stored};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The file of a picture has arrived; the picture is being made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaUploaded {
    /// Whose.
    #[serde(deserialize_with = "stored::text")]
    pub user_id: UserId,
    /// In which profile.
    pub profile_id: String,
    /// Which picture.
    pub media_id: String,
    /// Tells it from other pictures that bear or bore the same id.
    pub upload_id: String,
    /// Bytes of the file.
    pub size: u64,
}

impl EventPayload for MediaUploaded {
    const TYPE: &'static str = "media.uploaded";
    const SUMMARY: &'static str = "The file of a picture has arrived; the picture is being made.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF", "mediaId": "gH5iJ6kL", "uploadId": "01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "size": 482_113})
    }
}

/// A picture is shown.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaReady {
    /// Whose.
    pub user_id: UserId,
    /// In which profile.
    pub profile_id: String,
    /// Which picture.
    pub media_id: String,
    /// Its address, where everybody may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_url: Option<String>,
    /// The address of the medium size, where everybody may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium_url: Option<String>,
    /// The address of the thumbnail, where there is one and everybody may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumb_url: Option<String>,
}

impl EventPayload for MediaReady {
    const TYPE: &'static str = "media.ready";
    const SUMMARY: &'static str = "A picture of a gallery is made and shown.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF", "mediaId": "gH5iJ6kL",
            "originalUrl": "https://profiles.example.org/original/q7Xv2.jpg",
            "mediumUrl": "https://profiles.example.org/medium/q7Xv2.jpg",
            "thumbUrl": "https://profiles.example.org/thumb/q7Xv2.jpg",
        })
    }
}

/// A picture came to nothing; its id is free again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaFailed {
    /// Whose.
    pub user_id: UserId,
    /// In which profile.
    pub profile_id: String,
    /// Which picture.
    pub media_id: String,
    /// `not_uploaded` (its owner says so), `mismatch` (something else arrived than was said),
    /// `expired` (nothing arrived in time), or `unusable` (the file is no good picture).
    pub reason: &'static str,
}

impl EventPayload for MediaFailed {
    const TYPE: &'static str = "media.failed";
    const SUMMARY: &'static str = "A picture of a gallery came to nothing; its id is free again.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF", "mediaId": "gH5iJ6kL", "reason": "expired"})
    }
}

/// A picture is gone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaDeleted {
    /// Whose.
    pub user_id: UserId,
    /// In which profile.
    pub profile_id: String,
    /// Which picture.
    pub media_id: String,
}

impl EventPayload for MediaDeleted {
    const TYPE: &'static str = "media.deleted";
    const SUMMARY: &'static str = "Somebody has deleted a picture of a gallery.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF", "mediaId": "gH5iJ6kL"})
    }
}

/// A gallery is shown in another order.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MediaReordered {
    /// Whose.
    pub user_id: UserId,
    /// Which profile's.
    pub profile_id: String,
    /// The ids in the new order.
    pub image_order: Vec<String>,
}

impl EventPayload for MediaReordered {
    const TYPE: &'static str = "media.reordered";
    const SUMMARY: &'static str = "Somebody has put the pictures of a gallery in another order.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "profileId": "aB3cD4eF", "imageOrder": ["gH5iJ6kL", "mN7oP8qR"]})
    }
}
