//! Ends uploads that never arrived or were never completed, and deletes files that no upload
//! expects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use selfsame_blobs::{BlobError, UploadName};
use selfsame_events::supervision::progress;
use selfsame_events::{Changes, Loaded, Origin};
use selfsame_platform::{DueEntry, DueQueue, NextStep, run_until};
use selfsame_store::StoreError;
use selfsame_web::{Code, Detail, Problem};
use tokio::sync::watch;

use super::access::media_owner;
use super::arrival;
use super::due::{self, DUE, PendingMedia};
use super::operation::{LATE, MediaRef, change, give_up};
use super::{load, on_event, uploads};
use crate::Profiles;
use selfsame_identity::authentication::By;
use selfsame_users::{records::Gallery, records::Media, records::MediaStatus};

/// Pause between two runs.
const EVERY: Duration = Duration::from_mins(1);

/// Frees ids and deletes files of abandoned uploads. Any number of nodes may run one.
pub struct UploadExpirer {
    profiles: Arc<Profiles>,
    due: DueQueue<PendingMedia>,
}

impl fmt::Debug for UploadExpirer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadExpirer")
    }
}

impl UploadExpirer {
    /// An expirer for the galleries of `profiles`.
    #[must_use]
    pub fn new(profiles: &Arc<Profiles>) -> Self {
        let platform = &profiles.platform;
        let (store, journal) = (Arc::clone(&platform.store), Arc::clone(&platform.journal));
        let far = due::far(profiles.settings.gallery.upload_expiry);
        let due = DueQueue::new(DUE, far, store, journal, Arc::clone(&platform.clock));
        Self { profiles: Arc::clone(profiles), due }
    }

    /// Runs once; the next run retries what fails.
    pub async fn step(&self) -> Result<(), Problem> {
        // A clock that was set forward makes uploads seem late.
        if !self.profiles.platform.clock_watch.is_steady() {
            return Ok(());
        }
        for shard in self.due.shards() {
            self.expire_shard(shard).await?;
        }
        self.delete_unexpected().await
    }

    /// Runs until `stop` turns true.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        run_until(stop, EVERY, None, || async {
            if let Err(problem) = self.step().await {
                tracing::warn!(
                    problem = problem.in_words(),
                    "a sweep of uploads failed; it is tried again"
                );
            }
            NextStep::Wait
        })
        .await;
    }

    /// Handles the entries of one shard that are due, or later than they can be.
    async fn expire_shard(&self, shard: u8) -> Result<(), Problem> {
        let mut scan = self.due.scan(shard, true);
        while let Some(entry) = scan.next_entry().await? {
            // A picture that can't be handled now does not block the others.
            if let Err(problem) = self.settle(&entry).await {
                tracing::warn!(
                    problem = problem.in_words(),
                    "an upload could not be settled; it is tried again"
                );
            }
        }
        Ok(())
    }

    /// Ends a picture that is due.
    async fn settle(&self, entry: &DueEntry<PendingMedia>) -> Result<(), Problem> {
        end_wait(&self.profiles, &entry.value).await?;
        // A change of the picture in the meantime has written an entry of its own.
        Ok(self.due.remove(entry).await?)
    }

    /// Deletes files that no upload expects, once no form can bring them again.
    async fn delete_unexpected(&self) -> Result<(), Problem> {
        let retention = self.profiles.settings.gallery.upload_expiry + LATE;
        let mut after: Option<UploadName> = None;
        loop {
            let page =
                self.profiles.media.uploads.list(after.as_ref()).await.map_err(unavailable)?;
            for (name, modified) in &page.uploads {
                progress();
                if self.profiles.platform.now().since(*modified) > retention
                    && !is_expected(&self.profiles, name).await?
                {
                    uploads::delete(&self.profiles, name).await;
                }
            }
            after = page.uploads.last().map(|(name, _)| name.clone()).filter(|_| page.more);
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "this is the shape that map_err takes")]
fn unavailable(error: BlobError) -> Problem {
    tracing::warn!(%error, "the store of uploads failed");
    Problem::new(Code::Unavailable, Detail::PicturesDown)
}

/// Whether an upload expects the file `name`, or its picture is still being processed.
pub(super) async fn is_expected(
    profiles: &Profiles,
    name: &UploadName,
) -> Result<bool, StoreError> {
    let Some(user) = media_owner(profiles, &Media::claim(name.stem())).await? else {
        return Ok(false);
    };
    let galleries = load(profiles, &user).await?;
    let mut of_this_file = galleries.media().filter(|media| media.upload == name.as_str());
    Ok(of_this_file
        .any(|media| matches!(media.status, MediaStatus::Pending | MediaStatus::Processing)))
}

/// Ends the picture that `due` names.
async fn end_wait(profiles: &Profiles, due: &PendingMedia) -> Result<(), Problem> {
    let which = MediaRef { user: &due.user_id, profile: &due.profile_id, media: &due.media_id };
    let galleries = load(profiles, which.user).await?;
    let found = galleries.profile(which.profile).and_then(|gallery| gallery.find(which.media));
    match found.filter(|media| media.ticket == due.ticket) {
        Some(media) if media.status == MediaStatus::Pending => {
            expire_pending(profiles, which, media).await?;
        }
        Some(media) if media.status == MediaStatus::Processing => {
            let why = "The picture could not be made in time. Upload it again.";
            on_event::fail(profiles, which, &media.ticket, why, &Origin::default()).await?;
            uploads::forget(profiles, std::slice::from_ref(media)).await;
        }
        _ => {}
    }
    Ok(())
}

/// The file of `media` was expected until now. Where it has arrived, its arrival was not reported,
/// and is recorded here; otherwise the id is free.
async fn expire_pending(
    profiles: &Profiles,
    which: MediaRef<'_>,
    media: &Media,
) -> Result<(), Problem> {
    let name = UploadName::parse(&media.upload).map_err(|_| Problem::internal())?;
    if let Some(upload) = profiles.media.uploads.head(&name).await.map_err(unavailable)? {
        return arrival::record_arrival(profiles, &name, &upload, &Origin::default())
            .await
            .map(drop);
    }
    let drop_slot = profiles.media.blob_gc.drop_slot();
    let decide = |gallery: &mut Gallery, _: &Loaded| {
        let is_it =
            |found: &Media| found.ticket == media.ticket && found.status == MediaStatus::Pending;
        let expired = gallery.find(which.media).is_some_and(is_it);
        let given_up = if expired { give_up(gallery, which, "expired", &drop_slot) } else { None };
        Ok::<_, Problem>((given_up.map_or_else(Changes::none, |(changes, _)| changes), ()))
    };
    change(profiles, (By::Other(which.user, &Origin::default()), which.profile), &[], decide).await
}
