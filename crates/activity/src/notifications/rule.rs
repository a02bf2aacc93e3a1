//! The rules of notifications: creation, reading, deletion.

use selfsame_events::{Changes, Event, Loaded};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, StoreError};
use selfsame_web::Problem;

use super::events::NotificationCreated;
use super::kinds::{self, NotificationKind, text};
use super::record::{Notification, Notifications};
use selfsame_users::records::Profile;

/// Characters of a name in a notification.
pub(super) const LONGEST_NAME: usize = 100;

/// The outcome for an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NotifyOutcome {
    /// The notification exists, now or from before.
    Notified,
    /// It is news, and its owner wants none.
    Unwanted,
    /// The account is not there.
    NoAccount,
}

/// The keys to load for [`notify`].
pub(super) fn keys(user: &UserId) -> [Key; 2] {
    [Notifications::key(user), Profile::key(user)]
}

/// The keys to load for [`read`], [`read_all`] and [`delete`].
pub(super) fn own_keys(user: &UserId) -> [Key; 1] {
    [Notifications::key(user)]
}

/// Makes the notification of `event`.
pub(super) fn notify(
    loaded: &Loaded,
    event: &Event,
) -> Result<(Changes, NotifyOutcome), StoreError> {
    let (user, now) = (&event.subject, loaded.now());
    let Some(profile) = loaded.get::<Profile>(&Profile::key(user))? else {
        return Ok((Changes::none(), NotifyOutcome::NoAccount));
    };
    let class = kinds::class(&event.event_type);
    if class == NotificationKind::News && !profile.preferences.notifications.in_app {
        return Ok((Changes::none(), NotifyOutcome::Unwanted));
    }
    let all = load(loaded, user)?;
    // Notifications older than their retention are removed by the next `at` anyhow.
    let Some(all) = all.with(notification(event)) else {
        return Ok((Changes::none(), NotifyOutcome::Notified));
    };
    let payload = NotificationCreated {
        user_id: user.clone(),
        notification_id: event.event_id.clone(),
        kind: event.event_type.clone(),
        class,
    };
    Ok((save(user, &all, now).emit(&payload), NotifyOutcome::Notified))
}

fn notification(event: &Event) -> Notification {
    let short =
        |name: &str| text(&event.data, name).map(|text| text.chars().take(LONGEST_NAME).collect());
    Notification {
        id: event.event_id.clone(),
        kind: event.event_type.clone(),
        detail: short("kind").or_else(|| short("reason")),
        name: short("name"),
        created_at: event.occurred_at,
        read_at: None,
        deleted: false,
    }
}

fn load(loaded: &Loaded, user: &UserId) -> Result<Notifications, StoreError> {
    Ok(loaded.get::<Notifications>(&Notifications::key(user))?.unwrap_or_default().at(loaded.now()))
}

fn save(user: &UserId, all: &Notifications, now: Timestamp) -> Changes {
    Changes::none().put_until(Notifications::key(user), all, all.until(now))
}

/// Marks one as read; returns the number of unread ones.
pub(super) fn read(loaded: &Loaded, user: &UserId, id: &str) -> Result<(Changes, usize), Problem> {
    let mut all = load(loaded, user)?;
    let one = all.find(id).ok_or_else(Problem::not_found)?;
    if one.read_at.is_some() {
        return Ok((Changes::none(), all.unread()));
    }
    one.read_at = Some(loaded.now());
    Ok((save(user, &all, loaded.now()), all.unread()))
}

/// Marks those up to `id` as read, or all of them; returns the number of unread ones.
pub(super) fn read_all(
    loaded: &Loaded,
    user: &UserId,
    up_to: Option<&str>,
) -> Result<(Changes, usize), Problem> {
    let mut all = load(loaded, user)?;
    if all.read_up_to(up_to, loaded.now()) == 0 {
        return Ok((Changes::none(), all.unread()));
    }
    Ok((save(user, &all, loaded.now()), all.unread()))
}

/// Deletes one; returns the number of unread ones.
pub(super) fn delete(
    loaded: &Loaded,
    user: &UserId,
    id: &str,
) -> Result<(Changes, usize), Problem> {
    let mut all = load(loaded, user)?;
    let one = all.find(id).ok_or_else(Problem::not_found)?;
    (one.deleted, one.name, one.detail) = (true, None, None);
    Ok((save(user, &all, loaded.now()), all.unread()))
}
