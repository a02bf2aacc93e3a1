//! Event payloads of profiles.

use schemars::JsonSchema;
use selfsame_events::EventPayload;
use selfsame_primitives::UserId;
use serde::Serialize;
use serde_json::{Map, Value, json};

use selfsame_users::records::Profile;
use selfsame_users::visibility::Audience;

/// Some fields of a profile have changed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileUpdated {
    /// Whose profile.
    pub user_id: UserId,
    /// Its new version.
    pub version: u64,
    /// The names of the fields that have changed, also of those that may not be shown.
    pub changed: Vec<&'static str>,
    /// The new values of those that everybody may see.
    pub values: Map<String, Value>,
}

impl EventPayload for ProfileUpdated {
    const TYPE: &'static str = "profile.updated";
    const SUMMARY: &'static str = "Fields of a profile have changed.";

    fn example() -> Value {
        json!({"userId": "usr_01JHKQ2Y7CF3M8N5T9V1WXZ4AB", "version": 8, "changed": ["displayName", "location"], "values": {"displayName": "Ada Lovelace"}})
    }
}

impl ProfileUpdated {
    pub(super) fn new(user: &UserId, profile: &Profile, changed: Vec<&'static str>) -> Self {
        let values = changed
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), public_value(profile, name)?)));
        Self { user_id: user.clone(), version: profile.version, values: values.collect(), changed }
    }
}

fn public_value(profile: &Profile, name: &str) -> Option<Value> {
    let privacy = &profile.privacy;
    let (visibility, value) = match name {
        "displayName" => (Some(privacy.display_name), Value::from(profile.display_name.as_str())),
        "bio" => (Some(privacy.bio), Value::from(profile.bio.as_str())),
        "location" => (Some(privacy.location), Value::from(profile.location.as_str())),
        "timezone" => (Some(privacy.location), Value::from(profile.timezone.as_str())),
        "socialLinks" => {
            let links = profile
                .social_links
                .iter()
                .map(|(name, link)| (name.clone(), Value::from(link.as_str())));
            (Some(privacy.social_links), Value::Object(links.collect()))
        }
        "interests" => (None, Value::from(profile.interests.clone())),
        "skills" => (None, Value::from(profile.skills.clone())),
        _ => return None,
    };
    visibility.is_none_or(|visibility| visibility.shows_to(Audience::Public)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use selfsame_primitives::Timestamp;

    #[test]
    fn a_field_that_is_not_public_is_named_but_not_shown() {
        let mut profile = Profile::new("John".into(), Timestamp::from_millis(0));
        profile.location = "Paris".into();
        let user = UserId::parse("usr_1").unwrap();
        let payload = ProfileUpdated::new(&user, &profile, vec!["displayName", "location"]);
        assert_eq!(payload.changed, ["displayName", "location"]);
        assert_eq!(serde_json::to_string(&payload.values).unwrap(), r#"{"displayName":"John"}"#);
    }
}
