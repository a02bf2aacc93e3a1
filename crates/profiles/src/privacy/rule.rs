//! How privacy settings change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use selfsame_web::Patch;
use serde::Deserialize;

use selfsame_users::{visibility::Privacy, visibility::Visibility};

/// A change of privacy settings. Fields that are absent stay as they are, `null` goes back to the
/// default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrivacyUpdate {
    /// Who sees the display name.
    #[serde(default)]
    pub display_name: Patch<Visibility>,
    /// Who sees the text about oneself.
    #[serde(default)]
    pub bio: Patch<Visibility>,
    /// Who sees the picture. Narrowing this gives the picture a new address; the old one is gone.
    #[serde(default)]
    pub avatar: Patch<Visibility>,
    /// Who sees the place and the time zone.
    #[serde(default)]
    pub location: Patch<Visibility>,
    /// Who sees the links.
    #[serde(default)]
    pub social_links: Patch<Visibility>,
    /// Who sees whether one is online.
    #[serde(default)]
    pub activity_status: Patch<Visibility>,
}

/// The settings after `update`.
pub(super) fn updated(before: &Privacy, update: &PrivacyUpdate) -> Privacy {
    let standard = Privacy::default();
    Privacy {
        display_name: update.display_name.or(before.display_name, standard.display_name),
        bio: update.bio.or(before.bio, standard.bio),
        avatar: update.avatar.or(before.avatar, standard.avatar),
        location: update.location.or(before.location, standard.location),
        social_links: update.social_links.or(before.social_links, standard.social_links),
        activity_status: update
            .activity_status
            .or(before.activity_status, standard.activity_status),
    }
}

/// The fields that differ, as the API calls them, with their new level.
pub(super) fn changed(before: &Privacy, after: &Privacy) -> BTreeMap<&'static str, Visibility> {
    [
        ("displayName", before.display_name, after.display_name),
        ("bio", before.bio, after.bio),
        ("avatar", before.avatar, after.avatar),
        ("location", before.location, after.location),
        ("socialLinks", before.social_links, after.social_links),
        ("activityStatus", before.activity_status, after.activity_status),
    ]
    .into_iter()
    .filter_map(|(name, before, after)| (before != after).then_some((name, after)))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays_and_null_is_the_default() {
        let before = Privacy {
            bio: Visibility::Private,
            location: Visibility::Public,
            ..Privacy::default()
        };
        let update: PrivacyUpdate =
            serde_json::from_str(r#"{"avatar":"private","location":null}"#).unwrap();
        let after = updated(&before, &update);
        assert_eq!(after.bio, Visibility::Private);
        assert_eq!(after.location, Visibility::Authenticated);
        let expected = BTreeMap::from([
            ("avatar", Visibility::Private),
            ("location", Visibility::Authenticated),
        ]);
        assert_eq!(changed(&before, &after), expected);
    }
}
