//! Processes files that have arrived.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use selfsame_events::{Changes, Event, HandlerError, Loaded, Origin};
use selfsame_store::StoreError;
use selfsame_web::Problem;

use super::events::{MediaReady, MediaUploaded};
use super::operation::{MediaRef, change, failed};
use super::{FOLDERS, MADE, due, load, rule, uploads, view};
use crate::Profiles;
use selfsame_identity::authentication::By;
use selfsame_media::blob_gc::ReservedBlobs;
use selfsame_media::{pictures::AcceptedFiles, pictures::PictureError, pictures::problem};
use selfsame_users::visibility::Audience;
use selfsame_users::{
    records::Gallery, records::Media, records::MediaStatus, records::Profile,
    records::StoredPicture,
};

/// Why processing stopped.
enum ProcessingError {
    /// It may succeed later.
    Later(String),
    /// The file is unusable: the text for its owner.
    Never(String),
}

impl From<StoreError> for ProcessingError {
    fn from(error: StoreError) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<Problem> for ProcessingError {
    fn from(problem: Problem) -> Self {
        Self::Later(problem.in_words())
    }
}

/// Processes the file of `event`, unless that was done.
pub(super) fn process_media(
    profiles: Arc<Profiles>,
    event: &Event,
) -> BoxFuture<'_, Result<(), HandlerError>> {
    Box::pin(async move {
        let uploaded: MediaUploaded = serde_json::from_value(event.data.clone())
            .map_err(|error| HandlerError::GiveUp(error.to_string()))?;
        let origin = Origin { request_id: event.request_id.clone(), ..Origin::default() };
        make_one(&profiles, &uploaded, &origin).await.map_err(|stop| match stop {
            ProcessingError::Later(reason) | ProcessingError::Never(reason) => {
                HandlerError::Retry(reason)
            }
        })
    })
}

async fn make_one(
    profiles: &Profiles,
    uploaded: &MediaUploaded,
    origin: &Origin,
) -> Result<(), ProcessingError> {
    let which = MediaRef {
        user: &uploaded.user_id,
        profile: &uploaded.profile_id,
        media: &uploaded.media_id,
    };
    let galleries = load(profiles, which.user).await?;
    let found = galleries.profile(which.profile).and_then(|gallery| gallery.find(which.media));
    // Deleted meanwhile; the deletion has dropped the file.
    let Some(media) = found.filter(|media| media.ticket == uploaded.upload_id) else {
        return Ok(());
    };
    if media.status == MediaStatus::Processing {
        match made(profiles, which, media, origin).await {
            Err(ProcessingError::Never(error)) => {
                fail(profiles, which, &uploaded.upload_id, &error, origin).await?;
            }
            outcome => outcome?,
        }
    }
    uploads::forget(profiles, std::slice::from_ref(media)).await;
    Ok(())
}

async fn made(
    profiles: &Profiles,
    which: MediaRef<'_>,
    media: &Media,
    origin: &Origin,
) -> Result<(), ProcessingError> {
    let bytes = uploads::read(profiles, media).await?;
    let bytes =
        bytes.ok_or_else(|| ProcessingError::Never("The file is not there any more.".into()))?;
    let settings = &profiles.settings.gallery;
    let taken = AcceptedFiles {
        max_bytes: usize::try_from(settings.max_bytes).unwrap_or(usize::MAX),
        formats: settings.accepted_formats(),
    };
    let outputs = profiles
        .media
        .pictures
        .process_in_background(&bytes, &taken, None)
        .await
        .map_err(|refused| stop(&refused, &taken))?;
    drop(bytes);
    let named = FOLDERS.name(&profiles.media, outputs, profiles.platform.now());
    let (blobs, picture) = named.map_err(|error| ProcessingError::Later(error.to_string()))?;
    let expected = profiles.media.blob_gc.reserve(blobs.keys().cloned().collect()).await?;
    profiles
        .media
        .blob_gc
        .write(blobs)
        .await
        .map_err(|error| ProcessingError::Later(error.to_string()))?;
    show(profiles, which, &media.ticket, &picture, &expected, origin).await
}

fn stop(refused: &PictureError, taken: &AcceptedFiles) -> ProcessingError {
    match problem::picture_problem(refused, &taken.formats) {
        Ok((_, detail)) => ProcessingError::Never(detail.to_string()),
        Err(problem) => ProcessingError::Later(problem.in_words()),
    }
}

async fn show(
    profiles: &Profiles,
    which: MediaRef<'_>,
    ticket: &str,
    picture: &StoredPicture,
    expected: &ReservedBlobs,
    origin: &Origin,
) -> Result<(), ProcessingError> {
    let profile_key = Profile::key(which.user);
    let keys = [profile_key.clone(), expected.key().clone()];
    let decide = |gallery: &mut Gallery, loaded: &Loaded| {
        let before = gallery.find(which.media).cloned();
        let shown = rule::show(gallery, (which.media, ticket), picture.clone(), loaded.now());
        // Deleted while it was processed: the written blobs are only reserved, so garbage
        // collection deletes them.
        let (Some(before), Some(_)) = (before, shown) else { return Ok((Changes::none(), false)) };
        let owner: Option<Profile> = loaded.get(&profile_key)?;
        let is_public =
            owner.is_some_and(|profile| profile.privacy.avatar.shows_to(Audience::Public));
        let changes = due::unschedule(
            &before,
            Changes::none().emit(&ready(profiles, which, picture, is_public)),
        );
        Ok::<_, ProcessingError>((expected.apply(loaded, changes)?, true))
    };
    if change(profiles, (By::Other(which.user, origin), which.profile), &keys, decide).await? {
        profiles.platform.counters.add(&MADE, &picture.content_type);
    }
    Ok(())
}

/// The event, with URLs only where the picture is public.
fn ready(
    profiles: &Profiles,
    which: MediaRef<'_>,
    picture: &StoredPicture,
    is_public: bool,
) -> MediaReady {
    let urls = is_public.then(|| view::urls_of(&profiles.platform.urls, picture));
    let (original_url, medium_url, thumb_url) = urls
        .map_or((None, None, None), |urls| (Some(urls.original), Some(urls.medium), urls.thumb));
    MediaReady {
        user_id: which.user.clone(),
        profile_id: which.profile.to_owned(),
        media_id: which.media.to_owned(),
        original_url,
        medium_url,
        thumb_url,
    }
}

/// The file is unusable: the error stays for its owner to read, and the id is free. A 404 is no
/// failure here: the profile is deleted.
pub(super) async fn fail(
    profiles: &Profiles,
    which: MediaRef<'_>,
    ticket: &str,
    error: &str,
    origin: &Origin,
) -> Result<(), Problem> {
    let decide = |gallery: &mut Gallery, loaded: &Loaded| {
        let before = gallery.find(which.media).cloned();
        let now_failed = rule::fail(gallery, (which.media, ticket), error, loaded.now());
        let (Some(before), Some(_)) = (before, now_failed) else {
            return Ok((Changes::none(), ()));
        };
        Ok::<_, Problem>((
            due::unschedule(&before, Changes::none().emit(&failed(which, "unusable"))),
            (),
        ))
    };
    change(profiles, (By::Other(which.user, origin), which.profile), &[], decide).await
}
