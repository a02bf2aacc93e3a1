//! Files that have arrived and are not processed yet.

use bytes::Bytes;
use selfsame_blobs::{BlobError, Upload, UploadInstructions, UploadName};
use selfsame_web::Problem;

use crate::Profiles;
use selfsame_media::pictures::problem::of_blobs;
use selfsame_users::{records::Media, records::ReceivedFile};

/// The smallest accepted file, in bytes.
pub(super) const LEAST: u64 = 1024;

/// The name of the file of `media`.
fn name(media: &Media) -> Result<UploadName, Problem> {
    UploadName::parse(&media.upload).map_err(|_| Problem::internal())
}

/// The upload form for the file of `media`.
pub(super) async fn form(
    profiles: &Profiles,
    media: &Media,
) -> Result<UploadInstructions, Problem> {
    let settings = &profiles.settings.gallery;
    let length = LEAST..=settings.max_bytes;
    let name = name(media)?;
    profiles
        .media
        .uploads
        .form(&name, length, settings.upload_expiry, media.created_at)
        .await
        .map_err(of_blobs)
}

/// The file of `media` as it arrived, if it has.
pub(super) async fn received(
    profiles: &Profiles,
    media: &Media,
) -> Result<Option<ReceivedFile>, Problem> {
    let found = profiles.media.uploads.head(&name(media)?).await.map_err(of_blobs)?;
    Ok(found.map(|upload| of(&upload)))
}

/// `upload` in its recorded form.
pub(super) fn of(upload: &Upload) -> ReceivedFile {
    ReceivedFile { etag: upload.etag.clone(), size: upload.size }
}

/// The file of `media`; `None` where it is deleted, or differs from what had arrived.
pub(super) async fn read(profiles: &Profiles, media: &Media) -> Result<Option<Bytes>, Problem> {
    match profiles.media.uploads.get(&name(media)?, profiles.settings.gallery.max_bytes).await {
        Ok(found) => {
            let same = |upload: &Upload| media.received.as_ref() == Some(&of(upload));
            Ok(found.and_then(|(upload, bytes)| same(&upload).then_some(bytes)))
        }
        Err(BlobError::TooLarge { .. }) => Ok(None),
        Err(error) => Err(of_blobs(error)),
    }
}

/// Deletes the files of pictures that don't need them any more. `UploadExpirer` deletes those that
/// can't be deleted now.
pub(crate) async fn forget(profiles: &Profiles, media: &[Media]) {
    for media in media {
        let Ok(name) = name(media) else { continue };
        delete(profiles, &name).await;
    }
}

/// Deletes the file `name`; says whether that succeeded.
pub(super) async fn delete(profiles: &Profiles, name: &UploadName) -> bool {
    let outcome = profiles.media.uploads.delete(name).await;
    if let Err(error) = &outcome {
        tracing::warn!(%error, "an upload could not be deleted; the sweep tries again");
    }
    outcome.is_ok()
}
