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

/// A file may arrive so long after its form has expired: the form is looked at when it begins to
/// arrive.
pub(super) const LATE: Duration = Duration::from_mins(30);
/// A picture that is not made after so long never will be: its event was given up before.
pub(super) const LONGEST: Duration = Duration::from_hours(4 * 24);

/// One picture of somebody's.
#[derive(Clone, Copy, Debug)]
pub(super) struct MediaRef<'a> {
    pub(super) user: &'a UserId,
    pub(super) profile: &'a str,
    pub(super) media: &'a str,
}

/// Lets `decide` change the profile of `which`, and say what else changes and is told with it. What
/// lies at `more` is loaded too. A 404 where there is no such profile.
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

/// The file of an awaited picture has arrived: it takes its place, and whoever makes pictures hears
/// of it. `None` where it was not awaited.
pub(super) fn mark_arrived(
    gallery: &mut Gallery,
    which: MediaRef<'_>,
    received: &ReceivedFile,
    now: Timestamp,
) -> Option<Changes> {
    let before = gallery.find(which.media)?.clone();
    let media = rule::mark_arrived(gallery, which.media, received.clone(), now.plus(LONGEST), now)?;
    let told = MediaUploaded {
        user_id: which.user.clone(),
        profile_id: which.profile.to_owned(),
        media_id: media.id.clone(),
        upload_id: media.ticket.clone(),
        size: received.size,
    };
    let changes = due::settle(&before, Changes::none().emit(&told));
    Some(due::note(which.user, which.profile, &media, changes))
}

/// The picture is gone because of `reason`; its id is free.
pub(super) fn give_up(
    gallery: &mut Gallery,
    which: MediaRef<'_>,
    reason: &'static str,
    bin: &DroppedBlobs,
) -> Option<(Changes, Media)> {
    let gone = rule::remove(gallery, which.media)?;
    Some((drop_one(&gone, bin, Changes::none().emit(&failed(which, reason))), gone))
}

/// What is told of a picture that came to nothing.
pub(super) fn failed(which: MediaRef<'_>, reason: &'static str) -> MediaFailed {
    MediaFailed {
        user_id: which.user.clone(),
        profile_id: which.profile.to_owned(),
        media_id: which.media.to_owned(),
        reason,
    }
}

/// Its owner deletes the picture.
pub(super) fn delete(
    gallery: &mut Gallery,
    which: MediaRef<'_>,
    bin: &DroppedBlobs,
) -> Option<(Changes, Media)> {
    let gone = rule::remove(gallery, which.media)?;
    let told = MediaDeleted {
        user_id: which.user.clone(),
        profile_id: which.profile.to_owned(),
        media_id: which.media.to_owned(),
    };
    Some((drop_one(&gone, bin, Changes::none().emit(&told)), gone))
}

/// Nothing refers to what `gone` refers to any more.
fn drop_one(gone: &Media, bin: &DroppedBlobs, changes: Changes) -> Changes {
    let blobs = gone.picture.as_ref().map(blobs_of).unwrap_or_default();
    due::settle(gone, bin.take(blobs, changes))
}

/// Adds to `changes`, in which the profile `gone` goes, that its ids and pictures go with it.
pub(crate) fn drop_with(
    gone: &Gallery,
    user: &UserId,
    bin: &DroppedBlobs,
    changes: Changes,
) -> Changes {
    let blobs =
        gone.media.iter().filter_map(|media| media.picture.as_ref()).flat_map(blobs_of).collect();
    let changes = bin.take(blobs, changes.delete(Gallery::claim(&gone.id)));
    let changes =
        ids(gone).into_iter().fold(changes, |changes, id| changes.delete(Media::claim(&id)));
    gone.media.iter().fold(changes, |changes, media| {
        let told = MediaDeleted {
            user_id: user.clone(),
            profile_id: gone.id.clone(),
            media_id: media.id.clone(),
        };
        due::settle(media, changes).emit(&told)
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
