//! Looks after what nobody comes back for: uploads that never came or were never completed, and
//! files that nobody wants.

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

/// How often it is looked.
const EVERY: Duration = Duration::from_mins(1);

/// Frees ids and deletes files that nobody comes back for. Any number of nodes may do this.
pub struct UploadExpirer {
    profiles: Arc<Profiles>,
    due: DueQueue<PendingMedia>,
}

impl fmt::Debug for UploadExpirer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sweeper")
    }
}

impl UploadExpirer {
    /// One for `profiles`.
    #[must_use]
    pub fn new(profiles: &Arc<Profiles>) -> Self {
        let platform = &profiles.platform;
        let (store, journal) = (Arc::clone(&platform.store), Arc::clone(&platform.journal));
        let far = due::far(profiles.settings.gallery.upload_expiry);
        let due = DueQueue::new(DUE, far, store, journal, Arc::clone(&platform.clock));
        Self { profiles: Arc::clone(profiles), due }
    }

    /// Sweeps once; what fails is tried again the next time.
    pub async fn step(&self) -> Result<(), Problem> {
        // A clock that was set forward makes uploads seem late.
        if !self.profiles.platform.clock_watch.is_steady() {
            return Ok(());
        }
        for shard in self.due.shards() {
            self.look_after(shard).await?;
        }
        self.tidy().await
    }

    /// Sweeps until `stop` turns true.
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

    /// Looks after the pictures of one shard that are due, or later than they can be.
    async fn look_after(&self, shard: u8) -> Result<(), Problem> {
        let mut scan = self.due.scan(shard, true);
        while let Some(entry) = scan.next_entry().await? {
            // One picture that can't be settled now keeps no other from it.
            if let Err(problem) = self.settle(&entry).await {
                tracing::warn!(
                    problem = problem.in_words(),
                    "an upload could not be settled; it is tried again"
                );
            }
        }
        Ok(())
    }

    /// Ends the wait for a picture that is due.
    async fn settle(&self, entry: &DueEntry<PendingMedia>) -> Result<(), Problem> {
        end_wait(&self.profiles, &entry.value).await?;
        // Whoever has changed the picture meanwhile has put a note of its own.
        Ok(self.due.remove(entry).await?)
    }

    /// Deletes files that nobody wants, once no form can bring them again.
    async fn tidy(&self) -> Result<(), Problem> {
        let kept = self.profiles.settings.gallery.upload_expiry + LATE;
        let mut after: Option<UploadName> = None;
        loop {
            let page =
                self.profiles.media.uploads.list(after.as_ref()).await.map_err(unavailable)?;
            for (name, modified) in &page.uploads {
                progress();
                if self.profiles.platform.now().since(*modified) > kept
                    && !is_wanted(&self.profiles, name).await?
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

/// Whether somebody still waits for the file `name`, or for what is made of it.
pub(super) async fn is_wanted(profiles: &Profiles, name: &UploadName) -> Result<bool, StoreError> {
    let Some(user) = media_owner(profiles, &Media::claim(name.stem())).await? else {
        return Ok(false);
    };
    let galleries = load(profiles, &user).await?;
    let mut of_this_file = galleries.media().filter(|media| media.upload == name.as_str());
    Ok(of_this_file
        .any(|media| matches!(media.status, MediaStatus::Pending | MediaStatus::Processing)))
}

/// Ends the wait for the picture that `due` names.
async fn end_wait(profiles: &Profiles, due: &PendingMedia) -> Result<(), Problem> {
    let which = MediaRef { user: &due.user_id, profile: &due.profile_id, media: &due.media_id };
    let galleries = load(profiles, which.user).await?;
    let found = galleries.profile(which.profile).and_then(|gallery| gallery.find(which.media));
    match found.filter(|media| media.ticket == due.ticket) {
        Some(media) if media.status == MediaStatus::Pending => {
            awaited(profiles, which, media).await?;
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

/// The file of `media` was awaited until now: where it has arrived after all, nobody has told; else
/// the id is free.
async fn awaited(profiles: &Profiles, which: MediaRef<'_>, media: &Media) -> Result<(), Problem> {
    let name = UploadName::parse(&media.upload).map_err(|_| Problem::internal())?;
    if let Some(upload) = profiles.media.uploads.head(&name).await.map_err(unavailable)? {
        return arrival::note(profiles, &name, &upload, &Origin::default()).await.map(drop);
    }
    let bin = profiles.media.blob_gc.drop_slot();
    let decide = |gallery: &mut Gallery, _: &Loaded| {
        let is_it =
            |found: &Media| found.ticket == media.ticket && found.status == MediaStatus::Pending;
        let expired = gallery.find(which.media).is_some_and(is_it);
        let given_up = if expired { give_up(gallery, which, "expired", &bin) } else { None };
        Ok::<_, Problem>((given_up.map_or_else(Changes::none, |(changes, _)| changes), ()))
    };
    change(profiles, (By::Other(which.user, &Origin::default()), which.profile), &[], decide).await
}
