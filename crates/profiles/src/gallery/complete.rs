//! What the owner says of an upload is held against what has arrived.

use schemars::JsonSchema;
use selfsame_events::{Changes, Loaded};
use selfsame_web::{Code, Detail, Problem};
use serde::{Deserialize, Serialize};

use super::operation::{MediaRef, change, give_up, mark_arrived};
use super::request::missing;
use super::{own, uploads};
use crate::Profiles;
use selfsame_identity::authentication::By;
use selfsame_identity::authentication::SignedIn;
use selfsame_media::blob_gc::DroppedBlobs;
use selfsame_users::{
    records::Gallery, records::Media, records::MediaStatus, records::ReceivedFile,
};

/// How long a picture usually takes, in seconds: said before anything is known of this one.
const ESTIMATE: u32 = 30;

/// How an upload went.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompleteRequest {
    /// Whether it went well. If not, the id is free again.
    #[serde(default)]
    #[schemars(required, with = "bool")]
    pub upload_success: Option<bool>,
    /// The `ETag` that the store answered; needed where it went well.
    #[serde(default, rename = "s3ETag")]
    pub s3_etag: Option<String>,
    /// Bytes that were sent; needed where it went well.
    #[serde(default)]
    pub actual_size: Option<u64>,
}

/// What becomes of the picture.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Completed {
    /// Which.
    pub media_id: String,
    /// `processing`, or `error` where it came to nothing.
    pub status: MediaStatus,
    /// About how many seconds it takes to be ready.
    pub estimated_processing_time: u32,
}

impl Completed {
    fn of(id: &str, status: MediaStatus) -> Self {
        // A picture that is ready already is told of in the words that clients know.
        let (status, estimated_processing_time) = match status {
            MediaStatus::Pending | MediaStatus::Processing => (MediaStatus::Processing, ESTIMATE),
            MediaStatus::Ready => (MediaStatus::Processing, 0),
            MediaStatus::Error => (MediaStatus::Error, 0),
        };
        Self { media_id: id.to_owned(), status, estimated_processing_time }
    }
}

/// What a change decided.
enum Outcome {
    Accepted(MediaStatus),
    /// It does not fit; this is gone.
    Mismatch(Box<Media>),
}

/// Finishes the upload of the picture `media` of `profile`.
pub(super) async fn complete(
    profiles: &Profiles,
    caller: &SignedIn,
    (profile, media): (&str, &str),
    request: &CompleteRequest,
) -> Result<Completed, Problem> {
    let before = own(profiles, caller, profile)
        .await?
        .find(media)
        .cloned()
        .ok_or_else(Problem::not_found)?;
    let which = MediaRef { user: caller.id(), profile, media };
    match said(request)? {
        Some(said) => matched(profiles, caller, which, &before, &said).await,
        None => abandoned(profiles, caller, which).await,
    }
}

/// What the caller says has arrived; `None` where nothing has.
fn said(request: &CompleteRequest) -> Result<Option<ReceivedFile>, Problem> {
    if !request.upload_success.ok_or_else(|| missing("uploadSuccess"))? {
        return Ok(None);
    }
    let etag = request.s3_etag.as_deref().ok_or_else(|| missing("s3ETag"))?;
    let size = request.actual_size.ok_or_else(|| missing("actualSize"))?;
    Ok(Some(ReceivedFile { etag: etag.trim().trim_matches('"').to_owned(), size }))
}

async fn abandoned(
    profiles: &Profiles,
    caller: &SignedIn,
    which: MediaRef<'_>,
) -> Result<Completed, Problem> {
    let bin = profiles.media.blob_gc.drop_slot();
    let decide = |gallery: &mut Gallery, _: &Loaded| {
        let found = gallery.find(which.media).ok_or_else(Problem::not_found)?;
        if found.confirmed {
            return Err(Problem::new(Code::Conflict, Detail::UploadCompleted));
        }
        give_up(gallery, which, "not_uploaded", &bin).ok_or_else(Problem::not_found)
    };
    let gone = change(profiles, (By::Owner(caller), which.profile), &[], decide).await?;
    uploads::forget(profiles, std::slice::from_ref(&gone)).await;
    profiles.media.blob_gc.wake();
    Ok(Completed::of(which.media, MediaStatus::Error))
}

async fn matched(
    profiles: &Profiles,
    caller: &SignedIn,
    which: MediaRef<'_>,
    before: &Media,
    said: &ReceivedFile,
) -> Result<Completed, Problem> {
    let stored = match before.status {
        MediaStatus::Pending => uploads::received(profiles, before).await?,
        MediaStatus::Processing | MediaStatus::Ready | MediaStatus::Error => None,
    };
    let bin = profiles.media.blob_gc.drop_slot();
    let decide = |gallery: &mut Gallery, loaded: &Loaded| {
        let found = gallery.find(which.media).filter(|found| found.ticket == before.ticket);
        let found = found.cloned().ok_or_else(Problem::not_found)?;
        let has_arrived = found.received.as_ref().or(stored.as_ref());
        if has_arrived != Some(said) {
            return mismatch(gallery, which, &found, &bin);
        }
        let arrived =
            mark_arrived(gallery, which, said, loaded.now()).unwrap_or_else(Changes::none);
        confirm(gallery, which.media);
        let status = gallery.find(which.media).map_or(found.status, |media| media.status);
        Ok((arrived, Outcome::Accepted(status)))
    };
    match change(profiles, (By::Owner(caller), which.profile), &[], decide).await? {
        Outcome::Accepted(status) => Ok(Completed::of(which.media, status)),
        Outcome::Mismatch(gone) => {
            uploads::forget(profiles, std::slice::from_ref(&*gone)).await;
            profiles.media.blob_gc.wake();
            Err(Problem::new(Code::Conflict, Detail::UploadDiffers))
        }
    }
}

fn confirm(gallery: &mut Gallery, id: &str) {
    if let Some(media) = gallery.media.iter_mut().find(|media| media.id == id) {
        media.confirmed = true;
    }
}

fn mismatch(
    gallery: &mut Gallery,
    which: MediaRef<'_>,
    found: &Media,
    bin: &DroppedBlobs,
) -> Result<(Changes, Outcome), Problem> {
    // A good picture is not lost to a second, wrong call.
    if found.confirmed || found.status == MediaStatus::Error {
        return Err(Problem::new(Code::Conflict, Detail::UploadCompletedOtherwise));
    }
    let (changes, gone) =
        give_up(gallery, which, "mismatch", bin).ok_or_else(Problem::not_found)?;
    Ok((changes, Outcome::Mismatch(Box::new(gone))))
}
