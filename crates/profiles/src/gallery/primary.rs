//! The primary profile. Every user has one from the start, and it is stored with the first change
//! that needs it, so that reads write nothing. Until then its ids follow from the user's id.

use selfsame_events::{Changes, Loaded, aside};
use selfsame_primitives::UserId;
use selfsame_store::{Key, StoreError};
use selfsame_web::Problem;

use super::access::load;
use super::ids::Ids;
use crate::Profiles;
use selfsame_identity::authentication::SignedIn;
use selfsame_users::user_cache::UserSnapshot;
use selfsame_users::{records::Galleries, records::Gallery};

/// One of the ids may be claimed, once in millions: then others are derived.
const ATTEMPTS: u8 = 3;

/// All profiles of `person`, for their owner: the primary one is among them, stored or not.
pub(crate) async fn own_profiles(
    profiles: &Profiles,
    person: &UserSnapshot,
) -> Result<Galleries, Problem> {
    let stored = load(profiles, &person.user_id).await?;
    if !stored.profiles.is_empty() {
        return Ok(stored);
    }
    let ids = free_ids(profiles, &person.user_id).await?;
    Ok(Galleries { profiles: vec![unstored(&ids, person)] })
}

/// Stores the primary profile of `caller` where it is not yet.
pub(crate) async fn store_primary(profiles: &Profiles, caller: &SignedIn) -> Result<(), Problem> {
    let (user, key) = (caller.id(), Galleries::key(caller.id()));
    for _ in 0..ATTEMPTS {
        if !load(profiles, user).await?.profiles.is_empty() {
            return Ok(());
        }
        let ids = free_ids(profiles, user).await?;
        let keys: Vec<Key> = std::iter::once(key.clone()).chain(ids.claims()).collect();
        let decide = |loaded: &Loaded| {
            let mut galleries: Galleries = loaded.get(&key)?.unwrap_or_default();
            let claimed =
                if galleries.profiles.is_empty() { ids.claim(user, loaded)? } else { None };
            let Some(changes) = claimed else { return Ok((Changes::none(), ())) };
            galleries.profiles.push(unstored(&ids, &caller.person));
            Ok::<_, Problem>((changes.put(key.clone(), &galleries), ()))
        };
        // Not the commit of the request: a request may be carried out after the primary profile was
        // stored for it.
        aside(caller.change(&profiles.platform, &keys, decide)).await?;
    }
    if load(profiles, user).await?.profiles.is_empty() { Err(Problem::internal()) } else { Ok(()) }
}

async fn free_ids(profiles: &Profiles, user: &UserId) -> Result<Ids, Problem> {
    for attempt in 0..ATTEMPTS {
        let ids = Ids::of_primary(profiles, user, attempt);
        if are_free(profiles, &ids).await? {
            return Ok(ids);
        }
    }
    Err(Problem::internal())
}

async fn are_free(profiles: &Profiles, ids: &Ids) -> Result<bool, StoreError> {
    let claims: Vec<Key> = ids.claims().collect();
    Ok(profiles.platform.store.get_many(&claims).await?.iter().all(Option::is_none))
}

fn unstored(ids: &Ids, person: &UserSnapshot) -> Gallery {
    Gallery {
        id: ids.profile.clone(),
        primary: true,
        order: 1,
        allocated: ids.media.clone(),
        created_at: person.account.created_at,
        updated_at: person.account.created_at,
        ..Gallery::empty()
    }
}
