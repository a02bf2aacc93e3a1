//! Which users are counted, and as what.

use selfsame_events::{Changes, Head, Loaded, Origin, Population, populations, user_partition};
use selfsame_platform::Platform;
use selfsame_primitives::UserId;
use selfsame_store::{
    Guard, Item, Key, Maintenance, Query, Record, StoreError, Write, decode, encode,
};
use selfsame_web::Metric;
use serde::{Deserialize, Serialize};

use crate::records::{ALIAS_LOG, Completion, Profile};

/// All users.
pub const USERS: Population = Population(0);
/// Users who have filled in every part of their profile.
pub const COMPLETE: Population = Population(1);
/// Users who show a picture of their own.
pub const PICTURED: Population = Population(2);
/// Users who have ever created an alias.
pub const ALIASED: Population = Population(3);

/// How often a user is counted again who changes meanwhile.
const ATTEMPTS: usize = 8;

/// How many users there are.
pub const USERS_SHOWN: Metric =
    Metric::gauge("users", "Users, without those whose address is still to be verified");
/// How many of them have a complete profile.
pub const COMPLETE_SHOWN: Metric = Metric::gauge(
    "users_with_complete_profile",
    "Users who have filled in every part of their profile",
);
/// How many have a picture of their own.
pub const PICTURED_SHOWN: Metric =
    Metric::gauge("users_with_own_avatar", "Users who show a picture of their own");
/// How many use aliases.
pub const ALIASED_SHOWN: Metric =
    Metric::gauge("users_with_alias", "Users who have ever put on an alias");

const SHOWN: [(Population, Metric); 4] = [
    (USERS, USERS_SHOWN),
    (COMPLETE, COMPLETE_SHOWN),
    (PICTURED, PICTURED_SHOWN),
    (ALIASED, ALIASED_SHOWN),
];

/// The populations that a user with `profile` is in because of it.
#[must_use]
pub fn by_profile(profile: &Profile) -> [(Population, bool); 3] {
    let is_complete = Completion::of(profile).percent == 100;
    [(USERS, true), (COMPLETE, is_complete), (PICTURED, profile.avatar.is_some())]
}

/// `changes`, by which `profile` is what `user` has, and is counted so.
#[must_use]
pub fn put_profile(changes: Changes, user: &UserId, profile: &Profile) -> Changes {
    by_profile(profile)
        .into_iter()
        .fold(changes.put(Profile::key(user), profile), |changes, (population, is_in)| {
            changes.counted(population, is_in)
        })
}

/// The progress of counting users of releases that counted nobody, at `populations progress`. Each
/// user is counted once for an installation (docs/decisions/0040).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    /// The partition and sort key of the last item that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<(String, String)>,
    is_done: bool,
    /// A user was passed over whose records a later release has written: all are read once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_to_repeat: bool,
}

impl Record for Progress {
    const KIND: &'static str = "populations-progress";
}

impl Progress {
    fn key() -> Key {
        Key::new("populations", "progress")
    }
}

/// Counts some more of the users who may never have been counted. Every node may do this at any
/// time.
pub async fn look(platform: &Platform, maintenance: &dyn Maintenance) -> Result<(), StoreError> {
    match count_the_uncounted(platform, maintenance).await {
        // Another node has counted the same ones.
        Err(StoreError::Conflict(_)) => Ok(()),
        outcome => outcome,
    }
}

/// Shows how many users there are, as far as it was added up ([`selfsame_events::add_up`]).
pub async fn show(platform: &Platform) -> Result<(), StoreError> {
    let counted = populations(&*platform.store).await?;
    for (population, metric) in &SHOWN {
        platform.counters.set(metric, counted.of(*population));
    }
    Ok(())
}

/// Reads one page of users' records and counts them, unless all were read.
async fn count_the_uncounted(
    platform: &Platform,
    maintenance: &dyn Maintenance,
) -> Result<(), StoreError> {
    let found = platform.store.get(&Progress::key()).await?;
    let guard = found.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
    let progress: Progress = found.map(|item| decode(&item.body)).transpose()?.unwrap_or_default();
    if progress.is_done {
        return Ok(());
    }
    let after = progress.after.map(|(partition, sort)| Key::new(partition, sort));
    let page = maintenance.scan("user/", after.as_ref()).await?;
    let mut is_to_repeat = progress.is_to_repeat;
    for item in page.items.iter().filter(|item| item.key.sort == "head") {
        is_to_repeat |= count_if_new(platform, item).await? == Found::Newer;
    }
    let next = match page.next {
        Some(Key { partition, sort }) => {
            Progress { after: Some((partition, sort)), is_done: false, is_to_repeat }
        }
        None => Progress { is_done: !is_to_repeat, ..Progress::default() },
    };
    platform.journal.commit(vec![Write::put(Progress::key(), guard, encode(&next))]).await
}

/// The result of counting a user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// There is no more to be done.
    Settled,
    /// A later release has written the records, and the user is still to be counted.
    Newer,
}

/// Counts the user with this head, unless they are counted. An unreadable user is logged and passed
/// over, so that the others are counted.
async fn count_if_new(platform: &Platform, head: &Item) -> Result<Found, StoreError> {
    let user = head.key.partition.strip_prefix("user/").and_then(|id| UserId::parse(id).ok());
    let Some(user) = user else { return Ok(Found::Settled) };
    let outcome = match decode::<Head>(&head.body) {
        Ok(head) if head.populations.is_some() => Ok(()),
        Ok(_) => count_user(platform, &user).await,
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => Ok(Found::Settled),
        Err(StoreError::Newer(_)) => Ok(Found::Newer),
        Err(error @ StoreError::Corrupt(_)) => {
            tracing::error!(%user, %error, "a user can't be read, and is missing from how many there are");
            Ok(Found::Settled)
        }
        Err(error) => Err(error),
    }
}

/// Counts `user`, unless they are counted.
async fn count_user(platform: &Platform, user: &UserId) -> Result<(), StoreError> {
    for _ in 0..ATTEMPTS {
        let before: Option<Head> = platform
            .store
            .get(&Head::key(user))
            .await?
            .map(|item| decode(&item.body))
            .transpose()?;
        let Some(before) = before.filter(|head| head.populations.is_none()) else { return Ok(()) };
        let aliases = Query::prefix(user_partition(user), ALIAS_LOG).limit(1);
        let is_aliased = !platform.store.query(&aliases).await?.items.is_empty();
        let keys = [Profile::key(user)];
        // A change since the head was read may have created an alias.
        let rule = |loaded: &Loaded| {
            let is_as_before =
                loaded.get::<Head>(&Head::key(user))?.is_some_and(|head| head == before);
            let changes =
                if is_as_before { whole(loaded, user, is_aliased)? } else { Changes::none() };
            Ok::<_, StoreError>((changes, is_as_before))
        };
        if platform.journal.change(user, &keys, &Origin::default(), rule).await? {
            return Ok(());
        }
    }
    Err(StoreError::Unavailable(format!("{user} changes too often to be counted")))
}

/// All that `user` is counted as.
fn whole(loaded: &Loaded, user: &UserId, is_aliased: bool) -> Result<Changes, StoreError> {
    let profile = loaded.get::<Profile>(&Profile::key(user))?;
    let populations = profile.iter().flat_map(by_profile).chain([(ALIASED, is_aliased)]);
    let changes = Changes::none().counted_whole();
    Ok(populations.fold(changes, |changes, (population, is_in)| changes.counted(population, is_in)))
}

#[cfg(test)]
mod stored_forms {
    use selfsame_store::conformance::stored_forms::are_read;

    #[test]
    fn every_stored_form_is_read() {
        are_read::<super::Progress>();
    }
}
