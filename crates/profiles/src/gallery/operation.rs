//! The changes of galleries, each one commit with everything that belongs to it.

use std::time::Duration;

use selfsame_events::{Changes, Loaded};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Key, StoreError};
use selfsame_web::Problem;

use super::events::{MediaDeleted, MediaFailed, MediaUploaded};
use super::{due, rule};
use crate::Profiles;
use selfsame_identity::authentication::By;
use selfsame_media::blob_gc::DroppedBlobs;
use selfsame_media::blob_names::blobs_of;
use selfsame_users::{records::Galleries, records::Gallery, records::Media, records::ReceivedFile};

/// A file may arrive this long after its form has expired: the form is checked when the upload
/// begins.
pub(super) const LATE: Duration = Duration::from_mins(30);
/// A picture that is not processed after this time never is: its event was given up before.
pub(super) const LONGEST: Duration = Duration::from_hours(4 * 24);

/// A picture of a user's profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct MediaRef<'a> {
    pub(super) user: &'a UserId,
    pub(super) profile: &'a str,
    pub(super) media: &'a str,
}

/// Lets `decide` change the profile of `which`, and add other changes and events. `more` is loaded
/// too. A 404 where there is no such profile.
pub(super) async fn change<T, E: From<StoreError> + From<Problem>>(
    profiles: &Profiles,
    (by, profile): (By<'_>, &str),
    more: &[Key],
    decide: impl Fn(&mut Gallery, &Loaded) -> Result<(Changes, T), E>,
) -> Result<T, E> {
    let key = Galleries::key(by.user());
    let keys: Vec<Key> = std::iter::once(key.clone()).chain(more.iter().cloned()).collect();
    let rule = |loaded: &Loaded| {
        let before: Galleries = loaded.get(&key)?.unwrap_or_default();
        let mut after = before.clone();
        let gallery = after.profile_mut(profile).ok_or_else(Problem::not_found)?;
        let (changes, answer) = decide(gallery, loaded)?;
        let changes = if after == before { changes } else { changes.put(key.clone(), &after) };
        Ok((changes, answer))
    };
    by.change(&profiles.platform, &keys, rule).await
}

/// The file of a pending picture has arrived: the picture is processing, and the subscriber gets
/// `media.uploaded`. `None` where it was not pending.
pub(super) fn mark_arrived(
    gallery: &mut Gallery,
    which: MediaRef<'_>,
    received: &ReceivedFile,
    now: Timestamp,
) -> Option<Changes> {
    let before = gallery.find(which.media)?.clone();
    let media = rule::mark_arrived(gallery, which.media, received.clone(), now.plus(LONGEST), now)?;
    let payload = MediaUploaded {
        user_id: which.user.clone(),
        profile_id: which.profile.to_owned(),
        media_id: media.id.clone(),
        upload_id: media.ticket.clone(),
        size: received.size,
    };
    let changes = due::unschedule(&before, Changes::none().emit(&payload));
    Some(due::schedule(which.user, which.profile, &media, changes))
}

/// The picture is given up because of `reason`; its id is free.
pub(super) fn give_up(
    gallery: &mut Gallery,
    which: MediaRef<'_>,
    reason: &'static str,
    drop_slot: &DroppedBlobs,
) -> Option<(Changes, Media)> {
    let gone = rule::remove(gallery, which.media)?;
    Some((drop_one(&gone, drop_slot, Changes::none().emit(&failed(which, reason))), gone))
}

/// The event of a picture that was given up.
pub(super) fn failed(which: MediaRef<'_>, reason: &'static str) -> MediaFailed {
    MediaFailed {
        user_id: which.user.clone(),
        profile_id: which.profile.to_owned(),
        media_id: which.media.to_owned(),
        reason,
    }
}

/// The owner deletes the picture.
pub(super) fn delete(
    gallery: &mut Gallery,
    which: MediaRef<'_>,
    drop_slot: &DroppedBlobs,
) -> Option<(Changes, Media)> {
    let gone = rule::remove(gallery, which.media)?;
    let payload = MediaDeleted {
        user_id: which.user.clone(),
        profile_id: which.profile.to_owned(),
        media_id: which.media.to_owned(),
    };
    Some((drop_one(&gone, drop_slot, Changes::none().emit(&payload)), gone))
}

/// Drops the blobs that `gone` refers to.
fn drop_one(gone: &Media, drop_slot: &DroppedBlobs, changes: Changes) -> Changes {
    let blobs = gone.picture.as_ref().map(blobs_of).unwrap_or_default();
    due::unschedule(gone, drop_slot.take(blobs, changes))
}

/// Adds the removal of ids and pictures of the profile `gone` to `changes`, in which it is deleted.
pub(crate) fn drop_with(
    gone: &Gallery,
    user: &UserId,
    drop_slot: &DroppedBlobs,
    changes: Changes,
) -> Changes {
    let blobs =
        gone.media.iter().filter_map(|media| media.picture.as_ref()).flat_map(blobs_of).collect();
    let changes = drop_slot.take(blobs, changes.delete(Gallery::claim(&gone.id)));
    let changes =
        ids(gone).into_iter().fold(changes, |changes, id| changes.delete(Media::claim(&id)));
    gone.media.iter().fold(changes, |changes, media| {
        let payload = MediaDeleted {
            user_id: user.clone(),
            profile_id: gone.id.clone(),
            media_id: media.id.clone(),
        };
        due::unschedule(media, changes).emit(&payload)
    })
}

/// All ids that belong to `gallery`, each once.
pub(super) fn ids(gallery: &Gallery) -> Vec<String> {
    let known = gallery.media.iter().map(|media| &media.id);
    let mut ids: Vec<String> = gallery.allocated.iter().chain(known).cloned().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
