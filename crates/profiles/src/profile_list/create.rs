//! Creation of profiles, with unused ids.

use selfsame_events::Loaded;
use selfsame_primitives::Timestamp;
use selfsame_store::{Key, StoreError};
use selfsame_web::{Code, Detail, Problem};

use super::events::ProfileCreated;
use super::rule::MOST;
use crate::Profiles;
use crate::gallery::{Ids, store_primary};
use selfsame_identity::authentication::SignedIn;
use selfsame_users::{records::Galleries, records::Gallery};

/// How often ids are drawn anew because one of them is claimed: with 62^8 of them, hardly ever
/// once.
const TRIES: usize = 3;

/// An empty profile without ids.
#[derive(Clone, Debug)]
pub(super) struct ProfileDraft {
    pub(super) display_name: String,
    pub(super) bio: String,
    pub(super) order: Option<u32>,
}

enum Refused {
    /// One of the ids is claimed.
    IdClaimed,
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}

/// Adds the profile that `draft` describes.
pub(super) async fn add(
    profiles: &Profiles,
    caller: &SignedIn,
    draft: &ProfileDraft,
) -> Result<Galleries, Problem> {
    store_primary(profiles, caller).await?;
    for _ in 0..TRIES {
        match try_to_add(profiles, caller, draft, &Ids::draw(profiles)).await {
            Err(Refused::IdClaimed) => {}
            Err(Refused::Problem(problem)) => return Err(problem),
            Ok(galleries) => return Ok(galleries),
        }
    }
    Err(Problem::internal())
}

async fn try_to_add(
    profiles: &Profiles,
    caller: &SignedIn,
    draft: &ProfileDraft,
    ids: &Ids,
) -> Result<Galleries, Refused> {
    let (user, key) = (caller.id(), Galleries::key(caller.id()));
    let keys: Vec<Key> = std::iter::once(key.clone()).chain(ids.claims()).collect();
    let decide = |loaded: &Loaded| {
        let mut galleries: Galleries = loaded.get(&key)?.unwrap_or_default();
        if galleries.profiles.len() >= MOST {
            let detail = Detail::ProfilesFull { max: MOST };
            return Err(Refused::Problem(Problem::new(Code::Conflict, detail)));
        }
        let changes = ids.claim(user, loaded)?.ok_or(Refused::IdClaimed)?;
        let profile = filled(ids, draft, galleries.profiles.len(), loaded.now());
        let profile_id = profile.id.clone();
        galleries.profiles.push(profile);
        let payload = ProfileCreated { user_id: user.clone(), profile_id, primary: false };
        Ok((changes.put(key.clone(), &galleries).emit(&payload), galleries))
    };
    caller.change_or(&profiles.platform, &keys, decide).await
}

fn filled(ids: &Ids, draft: &ProfileDraft, index: usize, now: Timestamp) -> Gallery {
    let at_the_end = u32::try_from(index + 1).unwrap_or(1);
    Gallery {
        id: ids.profile.clone(),
        display_name: draft.display_name.clone(),
        bio: draft.bio.clone(),
        order: draft.order.unwrap_or(at_the_end),
        allocated: ids.media.clone(),
        created_at: now,
        updated_at: now,
        ..Gallery::empty()
    }
}
