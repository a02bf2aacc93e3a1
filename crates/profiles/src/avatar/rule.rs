//! Changes of a profile's avatar.

use schemars::JsonSchema;
use selfsame_events::{Changes, EventPayload};
use selfsame_primitives::{Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

use crate::primary_profile::media_url;
use selfsame_media::blob_gc::DroppedBlobs;
use selfsame_media::blob_names::blobs_of;
use selfsame_platform::PublicUrls;
use selfsame_users::populations::put_profile;
use selfsame_users::visibility::Audience;
use selfsame_users::{records::Profile, records::StoredPicture};

/// Somebody has a new picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarUpdated {
    /// Whose.
    pub user_id: UserId,
    /// The new version of the profile.
    pub version: u64,
    /// Its address, where everybody may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// The address of the medium size, where everybody may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium_url: Option<String>,
    /// The address of the thumbnail, where there is one and everybody may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
}

impl EventPayload for AvatarUpdated {
    const TYPE: &'static str = "profile.avatar_updated";
    const SUMMARY: &'static str = "Somebody has uploaded a new picture.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "version": 9,
            "avatarUrl": "https://profiles.example.org/avatars/q7Xv2.jpg",
            "mediumUrl": "https://profiles.example.org/medium/q7Xv2.jpg",
            "thumbnailUrl": "https://profiles.example.org/thumb/q7Xv2.jpg",
        })
    }
}

/// Somebody's picture is gone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarRemoved {
    /// Whose.
    pub user_id: UserId,
    /// The new version of the profile.
    pub version: u64,
}

impl EventPayload for AvatarRemoved {
    const TYPE: &'static str = "profile.avatar_removed";
    const SUMMARY: &'static str =
        "Somebody has removed their picture; the drawn one is shown again.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "version": 10})
    }
}

/// `before` with the picture `avatar`, and the changes that make it so; the old blobs go to `drop_slot`.
pub(super) fn replaced(
    urls: &PublicUrls,
    user: &UserId,
    before: Profile,
    avatar: StoredPicture,
    now: Timestamp,
    drop_slot: &DroppedBlobs,
) -> (Profile, Changes) {
    let dropped = before.avatar.as_ref().map(blobs_of).unwrap_or_default();
    let after = Profile { avatar: Some(avatar), ..before }.changed(now);
    let changes = put_profile(Changes::none(), user, &after).emit(&updated(urls, user, &after));
    (after, drop_slot.take(dropped, changes))
}

/// `before` without a picture; no change where it has none.
pub(super) fn removed(
    user: &UserId,
    before: Profile,
    now: Timestamp,
    drop_slot: &DroppedBlobs,
) -> (Profile, Changes) {
    let Some(avatar) = &before.avatar else { return (before, Changes::none()) };
    let dropped = blobs_of(avatar);
    let after = Profile { avatar: None, ..before }.changed(now);
    let payload = AvatarRemoved { user_id: user.clone(), version: after.version };
    let changes = put_profile(Changes::none(), user, &after).emit(&payload);
    (after, drop_slot.take(dropped, changes))
}

fn updated(urls: &PublicUrls, user: &UserId, after: &Profile) -> AvatarUpdated {
    let shown = after.avatar.as_ref().filter(|_| after.privacy.avatar.shows_to(Audience::Public));
    let url = |name: &String| media_url(urls, name);
    AvatarUpdated {
        user_id: user.clone(),
        version: after.version,
        avatar_url: shown.map(|avatar| url(&avatar.original)),
        medium_url: shown.map(|avatar| url(&avatar.medium)),
        thumbnail_url: shown.and_then(|avatar| avatar.thumbnail.as_ref()).map(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selfsame_users::visibility::Visibility;

    #[test]
    fn the_address_of_a_picture_that_not_everybody_may_see_is_not_told() {
        let mut profile = Profile::new("John".into(), Timestamp::default());
        profile.avatar = Some(StoredPicture {
            original: "avatars/o.jpg".into(),
            medium: "avatars/m.jpg".into(),
            thumbnail: None,
            content_type: "image/jpeg".into(),
            file_size: 1,
            width: 1,
            height: 1,
            placeholder: String::new(),
            uploaded_at: Timestamp::default(),
        });
        let (urls, user) = (PublicUrls::default(), UserId::parse("usr_1").unwrap());
        let payload = updated(&urls, &user, &profile);
        assert_eq!(payload.avatar_url.as_deref(), Some("http://127.0.0.1:8080/avatars/o.jpg"));
        profile.privacy.avatar = Visibility::Authenticated;
        let payload = updated(&urls, &user, &profile);
        assert_eq!(serde_json::to_string(&payload).unwrap(), r#"{"userId":"usr_1","version":1}"#);
    }
}
