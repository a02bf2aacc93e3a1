//! How much of a profile is filled in.

use schemars::JsonSchema;
use serde::Serialize;

use super::Profile;

/// How complete a profile is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Completion {
    /// 0 to 100.
    pub percent: u8,
    /// The names of the fields that are still empty.
    pub missing: Vec<&'static str>,
}

impl Completion {
    /// What is there of `profile`, and what is not.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let parts = [
            ("displayName", profile.display_name.is_empty()),
            ("avatar", profile.avatar.is_none()),
            ("bio", profile.bio.is_empty()),
            ("location", profile.location.is_empty()),
            ("timezone", profile.timezone.is_empty()),
            ("socialLinks", profile.social_links.is_empty()),
            ("interests", profile.interests.is_empty()),
            ("skills", profile.skills.is_empty()),
        ];
        let missing: Vec<_> =
            parts.iter().filter_map(|(name, empty)| empty.then_some(*name)).collect();
        let percent = (parts.len() - missing.len()) * 100 / parts.len();
        Self { percent: u8::try_from(percent).unwrap_or(100), missing }
    }
}
