//! Arrival of a file as the store reports it: the same change as the owner's completion.

use selfsame_blobs::{Upload, UploadName};
use selfsame_events::{Changes, Loaded, Origin};
use selfsame_web::Problem;

use super::access::media_owner;
use super::operation::{MediaRef, change, mark_arrived};
use super::{SIZES, load, uploads};
use crate::Profiles;
use selfsame_identity::authentication::By;
use selfsame_users::{records::Gallery, records::Media, records::MediaStatus};

/// The outcome of an arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ArrivalOutcome {
    /// The file was pending; its picture is being processed.
    Taken,
    /// The arrival is known already.
    Known,
    /// No upload expects the file.
    Unwanted,
}

/// Records that `upload` has arrived as `name`. Idempotent.
pub(super) async fn record_arrival(
    profiles: &Profiles,
    name: &UploadName,
    upload: &Upload,
    origin: &Origin,
) -> Result<ArrivalOutcome, Problem> {
    let Some(user) = media_owner(profiles, &Media::claim(name.stem())).await? else {
        return Ok(ArrivalOutcome::Unwanted);
    };
    let galleries = load(profiles, &user).await?;
    let found = galleries.profiles.iter().find(|gallery| gallery.find(name.stem()).is_some());
    let Some(gallery) = found else { return Ok(ArrivalOutcome::Unwanted) };
    let which = MediaRef { user: &user, profile: &gallery.id, media: name.stem() };
    let received = uploads::of(upload);
    let decide = |gallery: &mut Gallery, loaded: &Loaded| {
        let Some(media) = gallery.find(which.media).filter(|media| media.upload == name.as_str())
        else {
            return Ok((Changes::none(), ArrivalOutcome::Unwanted));
        };
        let known =
            media.received.as_ref() == Some(&received) && media.status != MediaStatus::Error;
        Ok::<_, Problem>(match mark_arrived(gallery, which, &received, loaded.now()) {
            Some(changes) => (changes, ArrivalOutcome::Taken),
            None if known => (Changes::none(), ArrivalOutcome::Known),
            None => (Changes::none(), ArrivalOutcome::Unwanted),
        })
    };
    let arrival =
        change(profiles, (By::Other(which.user, origin), which.profile), &[], decide).await?;
    if arrival == ArrivalOutcome::Taken {
        profiles.platform.counters.observe(&SIZES, upload.size);
    }
    Ok(arrival)
}
