//! Completion of an upload: the owner's claim is compared with the stored object.

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

/// Typical processing time, in seconds; used as the estimate before this file is looked at.
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
        // A ready picture is reported as `processing`, which is the answer that clients of this API
        // know.
        let (status, estimated_processing_time) = match status {
            MediaStatus::Pending | MediaStatus::Processing => (MediaStatus::Processing, ESTIMATE),
            MediaStatus::Ready => (MediaStatus::Processing, 0),
            MediaStatus::Error => (MediaStatus::Error, 0),
        };
        Self { media_id: id.to_owned(), status, estimated_processing_time }
    }
}

/// The outcome of a completion.
enum Outcome {
    Accepted(MediaStatus),
    /// The object does not match the claim; this is the freed picture.
    Mismatch(Box<Media>),
}

/// Completes the upload of the picture `media` of `profile`.
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
    match claimed(request)? {
        Some(claim) => matched(profiles, caller, which, &before, &claim).await,
        None => abandoned(profiles, caller, which).await,
    }
}

/// What the caller claims has arrived; `None` where nothing has.
fn claimed(request: &CompleteRequest) -> Result<Option<ReceivedFile>, Problem> {
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
    let drop_slot = profiles.media.blob_gc.drop_slot();
    let decide = |gallery: &mut Gallery, _: &Loaded| {
        let found = gallery.find(which.media).ok_or_else(Problem::not_found)?;
        if found.confirmed {
            return Err(Problem::new(Code::Conflict, Detail::UploadCompleted));
        }
        give_up(gallery, which, "not_uploaded", &drop_slot).ok_or_else(Problem::not_found)
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
    claim: &ReceivedFile,
) -> Result<Completed, Problem> {
    let stored = match before.status {
        MediaStatus::Pending => uploads::received(profiles, before).await?,
        MediaStatus::Processing | MediaStatus::Ready | MediaStatus::Error => None,
    };
    let drop_slot = profiles.media.blob_gc.drop_slot();
    let decide = |gallery: &mut Gallery, loaded: &Loaded| {
        let found = gallery.find(which.media).filter(|found| found.ticket == before.ticket);
        let found = found.cloned().ok_or_else(Problem::not_found)?;
        let has_arrived = found.received.as_ref().or(stored.as_ref());
        if has_arrived != Some(claim) {
            return mismatch(gallery, which, &found, &drop_slot);
        }
        let arrived =
            mark_arrived(gallery, which, claim, loaded.now()).unwrap_or_else(Changes::none);
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
    drop_slot: &DroppedBlobs,
) -> Result<(Changes, Outcome), Problem> {
    // A second, wrong call does not lose a good picture.
    if found.confirmed || found.status == MediaStatus::Error {
        return Err(Problem::new(Code::Conflict, Detail::UploadCompletedOtherwise));
    }
    let (changes, gone) =
        give_up(gallery, which, "mismatch", drop_slot).ok_or_else(Problem::not_found)?;
    Ok((changes, Outcome::Mismatch(Box::new(gone))))
}
