//! What is stored of a profile.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use selfsame_events::user_key;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use super::Preferences;
use crate::visibility::Privacy;

/// A user's primary profile, at `profile` of their partition.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The display name, 1 to 50 characters.
    pub display_name: String,
    /// The text about oneself, up to 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bio: String,
    /// The picture, where one was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<StoredPicture>,
    /// The location, up to 100 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// An IANA time zone, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timezone: String,
    /// Links by platform.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub social_links: BTreeMap<String, String>,
    /// Up to 20 interests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<String>,
    /// Up to 20 skills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Given by services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<String>,
    /// Who sees what.
    pub privacy: Privacy,
    /// The user's preferences.
    pub preferences: Preferences,
    /// Counts the changes, from 1.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Record for Profile {
    const KIND: &'static str = "profile";
}

impl Profile {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "profile")
    }

    /// A new user's profile.
    #[must_use]
    pub fn new(display_name: String, now: Timestamp) -> Self {
        Self {
            display_name,
            bio: String::new(),
            avatar: None,
            location: String::new(),
            timezone: String::new(),
            social_links: BTreeMap::new(),
            interests: Vec::new(),
            skills: Vec::new(),
            badges: Vec::new(),
            privacy: Privacy::default(),
            preferences: Preferences::default(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The same profile as one change later.
    #[must_use]
    pub fn changed(mut self, now: Timestamp) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }
}

/// An uploaded picture: the names of its sizes in the blob store, below `avatars/`, and what a
/// client needs to know before it loads one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredPicture {
    /// At most 2048 pixels a side.
    pub original: String,
    /// At most 512 pixels a side.
    pub medium: String,
    /// A square; none where thumbnails are off.
    pub thumbnail: Option<String>,
    /// The media type of the original.
    pub content_type: String,
    /// Bytes of the original.
    pub file_size: u64,
    /// Pixels of the original.
    pub width: u32,
    /// Pixels of the original.
    pub height: u32,
    /// A thumbhash in base 64, to show while the picture loads.
    pub placeholder: String,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
}

/// Numbers about a user that other services report, at `stats` of their partition.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Posts written.
    pub posts_count: u64,
    /// Likes received.
    pub likes_received: u64,
    /// Comments written.
    pub comments_count: u64,
    /// People who follow them.
    pub followers_count: u64,
    /// People they follow.
    pub following_count: u64,
}

impl Record for Stats {
    const KIND: &'static str = "stats";
}

impl Stats {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "stats")
    }
}

/// When a user was last seen, at `presence` of their partition: written at most once in five
/// minutes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// When; none before the first time.
    pub last_active_at: Option<Timestamp>,
}

impl Record for Presence {
    const KIND: &'static str = "presence";
}

impl Presence {
    /// Its key.
    #[must_use]
    pub fn key(user: &UserId) -> Key {
        user_key(user, "presence")
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Profile>();
        are_read::<super::Stats>();
        are_read::<super::Presence>();
    }
}
