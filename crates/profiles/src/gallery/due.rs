//! Pictures whose status does not change by itself: `UploadExpirer` handles them when they are due.

use std::time::Duration;

use selfsame_events::Changes;
use selfsame_platform::DueLayout;
use selfsame_primitives::{UserId, stored};
use selfsame_store::Record;
use serde::{Deserialize, Serialize};

use super::operation::{LATE, LONGEST};
use selfsame_users::{records::Media, records::MediaStatus};

/// The due queue, by the tickets of its pictures.
pub(super) const DUE: DueLayout<PendingMedia> =
    DueLayout::new(8, |shard| format!("media-due/{shard:02}"))
        .with_hash(|ticket| ticket.bytes().map(u64::from).sum());

/// Nodes' clocks may differ by this much.
const APART: Duration = Duration::from_hours(1);

/// Names the picture that is due.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PendingMedia {
    #[serde(deserialize_with = "stored::text")]
    pub(super) user_id: UserId,
    pub(super) profile_id: String,
    pub(super) media_id: String,
    pub(super) ticket: String,
}

impl Record for PendingMedia {
    const KIND: &'static str = "media-due";
}

/// The latest due time of a picture, for forms that are valid for `upload_expiry`. A later one was
/// written under a wrong clock, and counts as due.
pub(super) fn far(upload_expiry: Duration) -> Duration {
    LONGEST.max(upload_expiry + LATE) + APART
}

/// Schedules the expiry of `media`.
pub(super) fn schedule(user: &UserId, profile: &str, media: &Media, changes: Changes) -> Changes {
    let due = PendingMedia {
        user_id: user.clone(),
        profile_id: profile.to_owned(),
        media_id: media.id.clone(),
        ticket: media.ticket.clone(),
    };
    DUE.schedule(changes, &media.ticket, media.due, &due)
}

/// Removes the entry of `media`, as it was before the change.
pub(super) fn unschedule(media: &Media, changes: Changes) -> Changes {
    match media.status {
        MediaStatus::Pending | MediaStatus::Processing => {
            changes.delete(DUE.key(&media.ticket, media.due))
        }
        MediaStatus::Ready | MediaStatus::Error => changes,
    }
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::PendingMedia>();
    }
}
