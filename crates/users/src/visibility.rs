//! The one function that decides which audience sees what.

use schemars::JsonSchema;
use selfsame_primitives::stored;
use serde::{Deserialize, Serialize};

/// Who may see a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Everybody who is signed in.
    Authenticated,
    /// Only its owner.
    #[default]
    Private,
}

/// Who is looking.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Audience {
    /// A viewer who is not signed in.
    Public,
    /// Another signed-in user, or a service.
    Authenticated,
    /// The user themselves.
    Owner,
}

impl Visibility {
    /// Whether `audience` may see what has this visibility.
    #[must_use]
    pub const fn shows_to(self, audience: Audience) -> bool {
        match audience {
            Audience::Owner => true,
            Audience::Authenticated => !matches!(self, Self::Private),
            Audience::Public => matches!(self, Self::Public),
        }
    }

    /// Whether its audience is smaller than that of `before`.
    #[must_use]
    pub const fn is_narrower_than(self, before: Self) -> bool {
        (before.shows_to(Audience::Public) && !self.shows_to(Audience::Public))
            || (before.shows_to(Audience::Authenticated) && !self.shows_to(Audience::Authenticated))
    }
}

/// Who may see each part of a profile.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Privacy {
    /// The display name.
    #[serde(deserialize_with = "stored::choice")]
    pub display_name: Visibility,
    /// The text about oneself.
    #[serde(deserialize_with = "stored::choice")]
    pub bio: Visibility,
    /// The picture.
    #[serde(deserialize_with = "stored::choice")]
    pub avatar: Visibility,
    /// The place, and the time zone that would tell it.
    #[serde(deserialize_with = "stored::choice")]
    pub location: Visibility,
    /// The links to other platforms.
    #[serde(deserialize_with = "stored::choice")]
    pub social_links: Visibility,
    /// Whether one is online.
    #[serde(deserialize_with = "stored::choice")]
    pub activity_status: Visibility,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            display_name: Visibility::Public,
            bio: Visibility::Public,
            avatar: Visibility::Public,
            location: Visibility::Authenticated,
            social_links: Visibility::Public,
            activity_status: Visibility::Private,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_hides_from_everyone_but_the_owner() {
        let shown = |visibility: Visibility| {
            [Audience::Public, Audience::Authenticated, Audience::Owner]
                .map(|audience| visibility.shows_to(audience))
        };
        assert_eq!(shown(Visibility::Public), [true, true, true]);
        assert_eq!(shown(Visibility::Authenticated), [false, true, true]);
        assert_eq!(shown(Visibility::Private), [false, false, true]);
    }

    #[test]
    fn narrower_means_a_smaller_audience() {
        assert!(Visibility::Private.is_narrower_than(Visibility::Authenticated));
        assert!(Visibility::Authenticated.is_narrower_than(Visibility::Public));
        assert!(!Visibility::Public.is_narrower_than(Visibility::Private));
        assert!(!Visibility::Private.is_narrower_than(Visibility::Private));
    }
}
