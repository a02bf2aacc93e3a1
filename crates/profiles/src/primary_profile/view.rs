//! A profile as its owner, and as others, see it.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use selfsame_primitives::{Timestamp, UserId, path_segment};
use selfsame_web::{CachedBody, Reply};
use serde::Serialize;

use selfsame_platform::PublicUrls;
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::{
    records::Account, records::Preferences, records::Presence, records::Profile, records::Stats,
};
use selfsame_users::{visibility::Audience, visibility::Privacy};

/// Presence is written at most once in five minutes, so a user who is active may look ten minutes
/// old.
const ONLINE: Duration = Duration::from_mins(10);
const AWAY: Duration = Duration::from_mins(30);

/// `online` within five minutes, `away` within half an hour, then `offline`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ActivityStatus {
    /// Seen within five minutes (presence is written no oftener, so ten minutes are allowed for
    /// it).
    Online,
    /// Seen within half an hour.
    Away,
    /// Longer ago.
    Offline,
}

/// The numbers of a user.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatsView {
    /// The counted ones.
    #[serde(flatten)]
    pub counted: Stats,
    /// When the account was made.
    pub joined_at: Timestamp,
    /// When the user was last seen; only where `activityStatus` may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<Timestamp>,
}

/// A profile with everything in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnProfile<'p> {
    /// Who.
    pub user_id: &'p UserId,
    /// What the person is called.
    pub display_name: &'p str,
    /// The text about oneself.
    pub bio: &'p str,
    /// The address of the picture: the uploaded one or a drawn one.
    pub avatar: String,
    /// The place.
    pub location: &'p str,
    /// An IANA time zone, or empty.
    pub timezone: &'p str,
    /// Links by platform.
    pub social_links: &'p BTreeMap<String, String>,
    /// What the person likes.
    pub interests: &'p [String],
    /// What the person can do.
    pub skills: &'p [String],
    /// Given by services.
    pub badges: &'p [String],
    /// Reported by services.
    pub stats: StatsView,
    /// Who sees what.
    pub privacy: &'p Privacy,
    /// How the person wants things to be.
    pub preferences: &'p Preferences,
    /// The name others find the person by.
    pub username: Option<&'p str>,
    /// Counts the changes, from 1.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A profile as somebody else sees it. What is hidden or empty is absent, so that nobody learns
/// which of the two it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicProfile<'p> {
    /// Who.
    pub user_id: &'p UserId,
    /// The name others find the person by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<&'p str>,
    /// What the person is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<&'p str>,
    /// The text about oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<&'p str>,
    /// The address of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// The place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<&'p str>,
    /// An IANA time zone; shown to whom the place is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<&'p str>,
    /// Links by platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_links: Option<&'p BTreeMap<String, String>>,
    /// What the person likes.
    pub interests: &'p [String],
    /// What the person can do.
    pub skills: &'p [String],
    /// Given by services.
    pub badges: &'p [String],
    /// Reported by services.
    pub stats: StatsView,
    /// Whether the person is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_status: Option<ActivityStatus>,
}

/// One's own profile, or with `viewAs` what others see of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OwnOrSeen<'p> {
    /// Without `viewAs`.
    Own(Box<OwnProfile<'p>>),
    /// With it.
    Seen(Box<PublicProfile<'p>>),
}

/// The URL of a user's avatar: the uploaded one, or the generated one.
#[must_use]
pub fn avatar_url(urls: &PublicUrls, user: &UserId, profile: &Profile) -> String {
    match &profile.avatar {
        Some(avatar) => media_url(urls, &avatar.original),
        None => format!("{}/v1/avatars/{}.svg", urls.public, path_segment(user.as_str())),
    }
}

/// The URL of the blob `name`.
#[must_use]
pub fn media_url(urls: &PublicUrls, name: &str) -> String {
    format!("{}/{name}", urls.media)
}

/// The whole profile as a response body for its owner.
pub(crate) fn own(
    urls: &PublicUrls,
    user: &UserId,
    account: &Account,
    profile: &Profile,
    stats: &Stats,
    presence: &Presence,
) -> CachedBody {
    Reply::ok(whole(urls, user, account, profile, stats, presence))
        .ready()
        .versioned(profile.version)
}

/// The whole profile.
pub fn whole<'p>(
    urls: &PublicUrls,
    user: &'p UserId,
    account: &'p Account,
    profile: &'p Profile,
    stats: &Stats,
    presence: &Presence,
) -> OwnProfile<'p> {
    OwnProfile {
        user_id: user,
        display_name: &profile.display_name,
        bio: &profile.bio,
        avatar: avatar_url(urls, user, profile),
        location: &profile.location,
        timezone: &profile.timezone,
        social_links: &profile.social_links,
        interests: &profile.interests,
        skills: &profile.skills,
        badges: &profile.badges,
        stats: StatsView {
            counted: stats.clone(),
            joined_at: account.created_at,
            last_active_at: presence.last_active_at,
        },
        privacy: &profile.privacy,
        preferences: &profile.preferences,
        username: account.username.as_ref().map(selfsame_primitives::Username::as_str),
        version: profile.version,
        created_at: profile.created_at,
        updated_at: profile.updated_at,
    }
}

/// The whole profile of `person`, made once per snapshot.
pub(crate) fn own_of<'p>(urls: &PublicUrls, person: &'p UserSnapshot) -> &'p CachedBody {
    person.own_view(|| {
        own(
            urls,
            &person.user_id,
            &person.account,
            &person.profile,
            &person.stats,
            &person.presence,
        )
    })
}

/// The profile of `person` as a response body for `audience`. The owner gets all of it.
pub(crate) fn seen_by(
    urls: &PublicUrls,
    person: &UserSnapshot,
    audience: Audience,
    now: Timestamp,
) -> CachedBody {
    if audience == Audience::Owner {
        return own_of(urls, person).clone();
    }
    person.view(audience, now, || {
        let (status, until) = activity(&person.presence, now);
        (Reply::ok(public(urls, person, audience, status)).ready(), until)
    })
}

/// The fields of `person` that `audience` may see. The only place that decides this.
pub fn public<'p>(
    urls: &PublicUrls,
    person: &'p UserSnapshot,
    audience: Audience,
    status: ActivityStatus,
) -> PublicProfile<'p> {
    let UserSnapshot { profile, account, .. } = person;
    let privacy = &profile.privacy;
    let shown = |visibility: selfsame_users::visibility::Visibility| visibility.shows_to(audience);
    let text = |visibility, text: &'p str| (shown(visibility) && !text.is_empty()).then_some(text);
    let shows_status =
        shown(privacy.activity_status) && profile.preferences.privacy.show_online_status;
    PublicProfile {
        user_id: &person.user_id,
        username: account.username.as_ref().map(selfsame_primitives::Username::as_str),
        display_name: text(privacy.display_name, &profile.display_name),
        bio: text(privacy.bio, &profile.bio),
        avatar: shown(privacy.avatar).then(|| avatar_url(urls, &person.user_id, profile)),
        location: text(privacy.location, &profile.location),
        timezone: text(privacy.location, &profile.timezone),
        social_links: Some(&profile.social_links)
            .filter(|links| shown(privacy.social_links) && !links.is_empty()),
        interests: &profile.interests,
        skills: &profile.skills,
        badges: &profile.badges,
        stats: StatsView {
            counted: person.stats.clone(),
            joined_at: account.created_at,
            last_active_at: person.presence.last_active_at.filter(|_| shows_status),
        },
        activity_status: shows_status.then_some(status),
    }
}

/// Whether a user is online, and until when that holds unless they are seen again.
#[must_use]
pub fn activity(presence: &Presence, now: Timestamp) -> (ActivityStatus, Timestamp) {
    let never = Timestamp::from_millis(i64::MAX);
    let Some(seen) = presence.last_active_at else { return (ActivityStatus::Offline, never) };
    if now < seen.plus(ONLINE) {
        (ActivityStatus::Online, seen.plus(ONLINE))
    } else if now < seen.plus(AWAY) {
        (ActivityStatus::Away, seen.plus(AWAY))
    } else {
        (ActivityStatus::Offline, never)
    }
}
