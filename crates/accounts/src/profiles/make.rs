//! How profiles come to be: with ids that nobody else has.

use selfsame_basics::{Timestamp, UserId, short_id};
use selfsame_events::{Changes, Loaded};
use selfsame_items::{Key, StoreError};
use selfsame_web::{Code, Detail, Problem};

use super::event::ProfileCreated;
use super::rule::MOST;
use crate::records::{Claim, Galleries, Gallery, Media};
use crate::{App, SignedIn};

/// How often ids are drawn anew because somebody has one of them: with 62^8 of them, hardly ever once.
const TRIES: usize = 3;
/// Characters of an id.
const LENGTH: usize = 8;

/// A profile with nothing in it and no ids yet.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) display_name: String,
    pub(super) bio: String,
    pub(super) order: Option<u32>,
}

/// Ids for a new profile and its gallery.
struct Fresh {
    profile: String,
    media: Vec<String>,
}

enum Refused {
    /// Somebody has one of the ids.
    Taken,
    Told(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Told(error.into())
    }
}

impl Fresh {
    fn draw(app: &App) -> Self {
        let draw = || short_id(LENGTH, &*app.random);
        let media = std::iter::repeat_with(draw).take(app.settings.gallery.per_profile).collect();
        Self { profile: draw(), media }
    }

    fn claims(&self) -> impl Iterator<Item = Key> {
        std::iter::once(Gallery::claim(&self.profile)).chain(self.media.iter().map(|id| Media::claim(id)))
    }

    fn claim(&self, user: &UserId, loaded: &Loaded) -> Result<Changes, Refused> {
        if self.claims().any(|key| loaded.has(&key)) {
            return Err(Refused::Taken);
        }
        let claim = Claim::of(user.clone());
        Ok(self.claims().fold(Changes::none(), |changes, key| changes.put(key, &claim)))
    }

    fn profile(&self, draft: Option<&Draft>, place: usize, now: Timestamp) -> Gallery {
        let at_the_end = u32::try_from(place + 1).unwrap_or(1);
        Gallery {
            id: self.profile.clone(),
            primary: draft.is_none(),
            display_name: draft.map(|draft| draft.display_name.clone()).unwrap_or_default(),
            bio: draft.map(|draft| draft.bio.clone()).unwrap_or_default(),
            order: draft.and_then(|draft| draft.order).unwrap_or(at_the_end),
            allocated: self.media.clone(),
            created_at: now,
            updated_at: now,
            ..Gallery::empty()
        }
    }
}

/// The caller's profiles; the primary one is made where there is none yet.
pub(super) async fn with_primary(app: &App, caller: &SignedIn) -> Result<Galleries, Problem> {
    let known = crate::gallery::load(app, caller.id()).await?;
    if known.profiles.is_empty() { add(app, caller, None).await } else { Ok(known) }
}

/// Adds the profile that `draft` says, or the primary one where there is none yet.
pub(super) async fn add(app: &App, caller: &SignedIn, draft: Option<&Draft>) -> Result<Galleries, Problem> {
    for _ in 0..TRIES {
        match try_to_add(app, caller, draft, &Fresh::draw(app)).await {
            Err(Refused::Taken) => {}
            Err(Refused::Told(problem)) => return Err(problem),
            Ok(galleries) => return Ok(galleries),
        }
    }
    Err(Problem::internal())
}

async fn try_to_add(
    app: &App,
    caller: &SignedIn,
    draft: Option<&Draft>,
    fresh: &Fresh,
) -> Result<Galleries, Refused> {
    let (user, key) = (caller.id(), Galleries::key(caller.id()));
    let keys: Vec<Key> = std::iter::once(key.clone()).chain(fresh.claims()).collect();
    let decide = |loaded: &Loaded| {
        let mut galleries: Galleries = loaded.get(&key)?.unwrap_or_default();
        if draft.is_none() && !galleries.profiles.is_empty() {
            return Ok((Changes::none(), galleries));
        }
        if galleries.profiles.len() >= MOST {
            let detail = Detail::ProfilesFull { max: MOST };
            return Err(Refused::Told(Problem::new(Code::Conflict, detail)));
        }
        let changes = fresh.claim(user, loaded)?;
        let profile = fresh.profile(draft, galleries.profiles.len(), loaded.now());
        let (profile_id, primary) = (profile.id.clone(), profile.primary);
        galleries.profiles.push(profile);
        let told = ProfileCreated { user_id: user.clone(), profile_id, primary };
        Ok((changes.put(key.clone(), &galleries).tell(&told), galleries))
    };
    caller.change_or(app, &keys, decide).await
}
