//! Which events create notifications, and of which kind.

use schemars::JsonSchema;
use selfsame_events::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a notification is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[schemars(rename = "Class")]
pub enum NotificationKind {
    /// The safety of the account: told whatever the preferences are.
    Security,
    /// Anything else.
    News,
}

/// The types that create notifications. `notification.created` is not among them, which rules out a
/// loop.
pub(super) const EVENT_TYPES: &[&str] = &[
    "security.alert",
    "user.password_changed",
    "user.email_updated",
    "user.2fa_enabled",
    "user.2fa_disabled",
    "user.recovery_codes_replaced",
    "user.recovery_code_used",
    "user.changes_undone",
    "user.deletion_requested",
    "passkey.added",
    "passkey.removed",
    "media.ready",
    "media.failed",
    "profile.avatar_updated",
    "profile.avatar_failed",
    "profile.badges_updated",
    "review.recorded",
    "user.export_ready",
];

const NEWS: &[&str] = &[
    "media.ready",
    "media.failed",
    "profile.avatar_updated",
    "profile.avatar_failed",
    "profile.badges_updated",
    "review.recorded",
    "user.export_ready",
];

/// The kind of notifications about the type `kind`.
pub(super) fn class(kind: &str) -> NotificationKind {
    if NEWS.contains(&kind) { NotificationKind::News } else { NotificationKind::Security }
}

/// Whether `event` creates a notification. Of pictures only those that were processed later do, not
/// those in the response to the request; `in_response` says whether the event is in a response.
pub(super) fn creates_notification(event: &Event, in_response: bool) -> bool {
    match event.event_type.as_str() {
        "profile.avatar_updated" => !in_response,
        "media.failed" => text(&event.data, "reason") != Some("not_uploaded"),
        kind => EVENT_TYPES.contains(&kind),
    }
}

/// The page with more about it.
pub(super) fn link(kind: &str) -> &'static str {
    match kind.split_once('.') {
        Some(("media", _)) => "/account/gallery",
        Some(("profile", what)) if what.starts_with("avatar") => "/account/avatar",
        Some(("profile" | "review", _)) => "/account/profile",
        Some(("security", _)) => "/account/activity",
        Some(("user", what)) if what.starts_with("export") || what.starts_with("deletion") => {
            "/account/account"
        }
        _ => "/account/security",
    }
}

/// The text `name` of `data`.
pub(super) fn text<'d>(data: &'d Value, name: &str) -> Option<&'d str> {
    data.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_among_the_event_types_and_notifications_are_not() {
        assert!(NEWS.iter().all(|kind| EVENT_TYPES.contains(kind)));
        assert!(!EVENT_TYPES.iter().any(|kind| kind.starts_with("notification.")));
        assert_eq!(
            (class("media.ready"), class("security.alert")),
            (NotificationKind::News, NotificationKind::Security)
        );
    }
}
