//! The stored form of notifications.

use std::time::Duration;

use selfsame_events::user_key;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, Record};
use serde::{Deserialize, Serialize};

use super::kinds::{self, NotificationKind};

/// How long a notification is stored.
pub(super) const RETENTION: Duration = Duration::from_hours(90 * 24);
/// Most notifications of a user. Each takes about 150 bytes: 30 kB, and never more than 150.
pub(super) const MOST: usize = 200;

/// A notification.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    /// The id of the event: a ULID, so that the order of ids is that of time.
    pub(super) id: String,
    /// The type of the event.
    pub(super) kind: String,
    /// The variant of the type, where the event has one: the kind of an alert, the reason of a
    /// failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    /// A name in its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) read_at: Option<Timestamp>,
    /// Deleted: kept only so that the same event does not make it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) deleted: bool,
}

impl Notification {
    pub(super) const fn is_unread(&self) -> bool {
        self.read_at.is_none() && !self.deleted
    }
}

/// All notifications of a user, the oldest first, at `notifications` of their partition.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notifications {
    list: Vec<Notification>,
}

impl Record for Notifications {
    const KIND: &'static str = "notifications";
}

impl Notifications {
    /// Its key.
    pub(super) fn key(user: &UserId) -> Key {
        user_key(user, "notifications")
    }

    /// Without the expired ones.
    pub(super) fn at(mut self, now: Timestamp) -> Self {
        self.list.retain(|one| now.since(one.created_at) < RETENTION);
        self
    }

    /// With `new` among them; `None` where it is there already, deleted or not.
    pub(super) fn with(mut self, new: Notification) -> Option<Self> {
        let index = self.list.binary_search_by(|one| one.id.cmp(&new.id)).err()?;
        self.list.insert(index, new);
        while self.list.len() > MOST {
            let victim = self.victim();
            self.list.remove(victim);
        }
        Some(self)
    }

    /// The index of the notification to remove: the oldest of the least important. News never
    /// remove an unread notification about security, however many there are.
    fn victim(&self) -> usize {
        let first = |fits: fn(&Notification) -> bool| self.list.iter().position(fits);
        let deleted = first(|one| one.deleted).or_else(|| first(|one| one.read_at.is_some()));
        deleted
            .or_else(|| first(|one| kinds::class(&one.kind) == NotificationKind::News))
            .unwrap_or(0)
    }

    /// The notifications that are shown, the newest first.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Notification> {
        self.list.iter().rev().filter(|one| !one.deleted)
    }

    /// The number of unread notifications.
    pub(super) fn unread(&self) -> usize {
        self.list.iter().filter(|one| one.is_unread()).count()
    }

    /// The notification with `id`, if it is shown.
    pub(super) fn find(&mut self, id: &str) -> Option<&mut Notification> {
        self.list.iter_mut().find(|one| one.id == id && !one.deleted)
    }

    /// Marks the notifications up to `id` as read, or all of them, and returns how many were
    /// unread.
    pub(super) fn read_up_to(&mut self, id: Option<&str>, now: Timestamp) -> usize {
        let meant =
            |one: &&mut Notification| one.is_unread() && id.is_none_or(|id| one.id.as_str() <= id);
        self.list.iter_mut().filter(meant).map(|one| one.read_at = Some(now)).count()
    }

    /// When the last of them expires.
    pub(super) fn until(&self, now: Timestamp) -> Timestamp {
        self.list.last().map_or(now, |last| last.created_at.plus(RETENTION))
    }
}

#[cfg(test)]
mod tests {
    use selfsame_store::{decode, encode};

    use super::*;

    fn one(number: usize, kind: &str) -> Notification {
        Notification {
            id: format!("{number:026}"),
            kind: kind.to_owned(),
            detail: None,
            name: None,
            created_at: Timestamp::from_millis(1_800_000_000_000),
            read_at: None,
            deleted: false,
        }
    }

    #[test]
    fn the_first_stored_form_is_still_read() {
        let stored = br#"notifications/1
{"list":[{"id":"01JD3Z5K8QW4N6R7T9V2X0Y1AB","kind":"passkey.added","name":"Laptop","createdAt":"2026-01-31T09:30:00.000Z"},{"id":"01JD3Z5K8QW4N6R7T9V2X0Y1AC","kind":"security.alert","detail":"token_reuse","createdAt":"2026-01-31T09:30:00.000Z","readAt":"2026-01-31T09:45:00.000Z","deleted":true}]}"#;
        let notifications: Notifications = decode(stored).unwrap();
        assert_eq!((notifications.list.len(), notifications.unread()), (2, 1));
        assert_eq!(encode(&notifications), stored);
    }

    #[test]
    fn no_flood_of_news_pushes_out_what_is_unread_about_security() {
        let alert = Notifications::default().with(one(0, "security.alert")).unwrap();
        let read = alert
            .with(Notification { read_at: Some(Timestamp::default()), ..one(1, "passkey.added") });
        let flood = |all: Notifications, number| all.with(one(number, "media.ready")).unwrap();
        let all = (2..MOST + 50).fold(read.unwrap(), flood);
        assert_eq!(all.list.len(), MOST);
        let oldest: Vec<_> = all.list.iter().take(2).map(|one| one.kind.as_str()).collect();
        assert_eq!(oldest, ["security.alert", "media.ready"], "what was read went first");
    }

    #[test]
    fn the_longest_names_leave_the_record_far_below_what_a_store_takes() {
        let long = |number| Notification {
            name: Some("世".repeat(super::super::rule::LONGEST_NAME)),
            detail: Some("x".repeat(super::super::rule::LONGEST_NAME)),
            ..one(number, "user.recovery_codes_replaced")
        };
        let all =
            (0..MOST).fold(Notifications::default(), |all, number| all.with(long(number)).unwrap());
        assert!(encode(&all).len() < 150_000, "{}", encode(&all).len());
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Notifications>();
    }
}
