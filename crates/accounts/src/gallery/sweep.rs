//! Looks after what nobody comes back for: uploads that never came or were never completed, and
//! files that nobody wants.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use selfsame_blobs::{BlobError, UploadName};
use selfsame_events::quarantine::{Read, read_or_set_aside};
use selfsame_events::supervision::{idle, progress};
use selfsame_events::{Changes, Loaded, Origin};
use selfsame_items::{Guard, Item, Query, StoreError, Write};
use selfsame_web::{Code, Detail, Problem};
use tokio::sync::watch;

use super::access::holder;
use super::arrival;
use super::change::{LATE, Which, change, give_up};
use super::due::{self, Due, SHARDS};
use super::{load, react, uploads};
use crate::By;
use crate::records::{Gallery, Media, MediaStatus};
use crate::{App, Shared};

/// How often it is looked.
const EVERY: Duration = Duration::from_mins(1);

/// Frees ids and deletes files that nobody comes back for. Any number of nodes may do this.
pub struct Sweeper {
    app: Shared,
}

impl fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sweeper")
    }
}

impl Sweeper {
    /// One for `app`.
    #[must_use]
    pub fn new(app: &Shared) -> Self {
        Self { app: Arc::clone(app) }
    }

    /// Sweeps once; what fails is tried again the next time.
    pub async fn step(&self) -> Result<(), Problem> {
        // A clock that was set forward makes uploads seem late.
        if !self.app.clock_watch.is_steady() {
            return Ok(());
        }
        for shard in 0..SHARDS {
            self.look_after(shard).await?;
        }
        self.tidy().await
    }

    /// Sweeps until `stop` turns true.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(problem) = self.step().await {
                tracing::warn!(
                    problem = problem.in_words(),
                    "a sweep of uploads failed; it is tried again"
                );
            }
            let wait = async {
                tokio::select! {
                    () = tokio::time::sleep(EVERY) => {}
                    _ = stop.changed() => {}
                }
            };
            idle(wait).await;
        }
    }

    /// Looks after the pictures of one shard that are due, or later than they can be.
    async fn look_after(&self, shard: u64) -> Result<(), Problem> {
        let (now, expiry) = (self.app.now(), self.app.settings.gallery.upload_expiry);
        self.look_through(due::until(shard, now)).await?;
        self.look_through(due::far(shard, now, expiry)).await
    }

    async fn look_through(&self, mut query: Query) -> Result<(), Problem> {
        loop {
            let page = self.app.store.query(&query).await?;
            for item in &page.items {
                progress();
                if let Read::Record(due) = read_or_set_aside(&self.app.journal, item).await? {
                    self.settle(item, &due).await;
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
            query = query.after(page.next);
        }
    }

    /// One picture that can't be settled now keeps no other from it.
    async fn settle(&self, item: &Item, due: &Due) {
        if let Err(problem) = settle(&self.app, item, due).await {
            tracing::warn!(
                problem = problem.in_words(),
                "an upload could not be settled; it is tried again"
            );
        }
    }

    /// Deletes files that nobody wants, once no form can bring them again.
    async fn tidy(&self) -> Result<(), Problem> {
        let kept = self.app.settings.gallery.upload_expiry + LATE;
        let mut after: Option<UploadName> = None;
        loop {
            let page = self.app.uploads.list(after.as_ref()).await.map_err(unavailable)?;
            for (name, modified) in &page.uploads {
                progress();
                if self.app.now().since(*modified) > kept && !is_wanted(&self.app, name).await? {
                    uploads::delete(&self.app, name).await;
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
pub(super) async fn is_wanted(app: &App, name: &UploadName) -> Result<bool, StoreError> {
    let Some(user) = holder(app, &Media::claim(name.stem())).await? else { return Ok(false) };
    let galleries = load(app, &user).await?;
    let mut of_this_file = galleries.media().filter(|media| media.upload == name.as_str());
    Ok(of_this_file
        .any(|media| matches!(media.status, MediaStatus::Pending | MediaStatus::Processing)))
}

/// Ends the wait for a picture that is due.
async fn settle(app: &App, item: &Item, due: &Due) -> Result<(), Problem> {
    let which = Which { user: &due.user_id, profile: &due.profile_id, media: &due.media_id };
    let galleries = load(app, which.user).await?;
    let found = galleries.profile(which.profile).and_then(|gallery| gallery.find(which.media));
    match found.filter(|media| media.ticket == due.ticket) {
        Some(media) if media.status == MediaStatus::Pending => awaited(app, which, media).await?,
        Some(media) if media.status == MediaStatus::Processing => {
            let why = "The picture could not be made in time. Upload it again.";
            react::fail(app, which, &media.ticket, why, &Origin::default()).await?;
            uploads::forget(app, std::slice::from_ref(media)).await;
        }
        _ => {}
    }
    // Whoever has changed the picture meanwhile has put a note of its own.
    Ok(app.journal.commit(vec![Write::delete(item.key.clone(), Guard::Any)]).await?)
}

/// The file of `media` was awaited until now: where it has arrived after all, nobody has told; else
/// the id is free.
async fn awaited(app: &App, which: Which<'_>, media: &Media) -> Result<(), Problem> {
    let name = UploadName::parse(&media.upload).map_err(|_| Problem::internal())?;
    if let Some(upload) = app.uploads.head(&name).await.map_err(unavailable)? {
        return arrival::note(app, &name, &upload, &Origin::default()).await.map(drop);
    }
    let bin = app.ledger.bin();
    let decide = |gallery: &mut Gallery, _: &Loaded| {
        let is_it =
            |found: &Media| found.ticket == media.ticket && found.status == MediaStatus::Pending;
        let expired = gallery.find(which.media).is_some_and(is_it);
        let given_up = if expired { give_up(gallery, which, "expired", &bin) } else { None };
        Ok::<_, Problem>((given_up.map_or_else(Changes::none, |(changes, _)| changes), ()))
    };
    change(app, (By::Other(which.user, &Origin::default()), which.profile), &[], decide).await
}
