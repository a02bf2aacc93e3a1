//! Pictures whose status does not change by itself: somebody looks after them when their time has
//! come.

use std::time::Duration;

use selfsame_basics::{Timestamp, UserId, stored};
use selfsame_events::Changes;
use selfsame_items::{Key, Query, Record};
use serde::{Deserialize, Serialize};

use super::change::{LATE, LONGEST};
use crate::records::{Media, MediaStatus};

/// Parts of the list, so that no partition takes all of it.
pub(super) const SHARDS: u64 = 8;

/// Nodes' clocks may differ by so much from each other.
const APART: Duration = Duration::from_hours(1);

/// Says where the picture is that is due.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Due {
    #[serde(deserialize_with = "stored::text")]
    pub(super) user_id: UserId,
    pub(super) profile_id: String,
    pub(super) media_id: String,
    pub(super) ticket: String,
}

impl Record for Due {
    const KIND: &'static str = "media-due";
}

/// The list of one shard up to `now`.
pub(super) fn until(shard: u64, now: Timestamp) -> Query {
    let mut query = Query::prefix(partition(shard), "");
    query.until = Some(format!("{:013}/", now.millis() + 1));
    query
}

/// The list of one shard where it is due later than anything can be, for forms that are good for
/// `upload_expiry`: what is was put there by a clock that was set wrong, and is due.
pub(super) fn far(shard: u64, now: Timestamp, upload_expiry: Duration) -> Query {
    let farthest = LONGEST.max(upload_expiry + LATE) + APART;
    let mut query = Query::prefix(partition(shard), "");
    query.from = format!("{:013}/", now.plus(farthest).millis());
    query
}

/// Notes when `media` is due.
pub(super) fn note(user: &UserId, profile: &str, media: &Media, changes: Changes) -> Changes {
    let due = Due {
        user_id: user.clone(),
        profile_id: profile.to_owned(),
        media_id: media.id.clone(),
        ticket: media.ticket.clone(),
    };
    changes.put(key(media), &due)
}

/// Says that nobody has to look after `media`, as it was before the change, any more.
pub(super) fn settle(media: &Media, changes: Changes) -> Changes {
    match media.status {
        MediaStatus::Pending | MediaStatus::Processing => changes.delete(key(media)),
        MediaStatus::Ready | MediaStatus::Error => changes,
    }
}

/// The place in the list: 13 digits of milliseconds last until the year 2286.
fn key(media: &Media) -> Key {
    let shard = media.ticket.bytes().map(u64::from).sum::<u64>() % SHARDS;
    Key::new(partition(shard), format!("{:013}/{}", media.due.millis(), media.ticket))
}

fn partition(shard: u64) -> String {
    format!("media-due/{shard:02}")
}

#[cfg(test)]
mod stored_forms {
    use selfsame_items::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Due>();
    }
}
