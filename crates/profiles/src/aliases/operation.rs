//! How aliases come to be, are used, shown and changed.

use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{Changes, Head, Loaded, run_to_completion};
use selfsame_primitives::{AliasId, Timestamp};
use selfsame_store::{Guard, Item, Key, StoreError, Write, encode};
use selfsame_web::{Code, Detail, Problem, RateLimitPolicy};

use super::events::{AliasConverted, AliasCreated, AliasRegenerated};
use super::owner::{self, AliasOwner, SealedAliasOwner};
use super::picture;
use super::place::AliasContext;
use super::record::{self, Alias, AliasNameClaim, SCATTER, claim, opened, slot};
use super::rule::{self, AliasCommand, AliasDecision, midnight_after};
use crate::Profiles;
use selfsame_identity::authentication::SignedIn;
use selfsame_users::populations::ALIASED;

/// New aliases per user and hour. A user reads far fewer threads; filling a store, or using up the
/// names of a context, takes far more.
const NEW: RateLimitPolicy = RateLimitPolicy::new("new-aliases", 300, Duration::from_hours(1));

/// The caller's alias in `alias_context`, created where there is none.
pub(super) async fn current_or_new(
    profiles: &Arc<Profiles>,
    caller: &SignedIn,
    alias_context: &AliasContext,
) -> Result<Alias, Problem> {
    let now = profiles.platform.now();
    if let Some(item) =
        profiles.platform.store.get(&slot(profiles, caller.id(), alias_context)).await?
    {
        let alias = opened(profiles, &item)?;
        if alias.is_current(now) {
            return Ok(counted(profiles, caller, &item, alias, now).await);
        }
    }
    create(profiles, caller, alias_context, AliasCommand::Any).await
}

/// Creates an alias in `alias_context`, unless there is one and any will do. Runs to completion
/// also when the caller disconnects: a half-done exchange leaves a name without an alias.
pub(super) async fn create(
    profiles: &Arc<Profiles>,
    caller: &SignedIn,
    alias_context: &AliasContext,
    command: AliasCommand,
) -> Result<Alias, Problem> {
    profiles.platform.rate_limiter.take(NEW, caller.id(), profiles.platform.monotonic())?;
    let (profiles, caller, alias_context) =
        (Arc::clone(profiles), caller.clone(), alias_context.clone());
    run_to_completion(async move { exchange(&profiles, &caller, &alias_context, command).await })
        .await
}

/// The alias with this use counted, unless one was counted within [`rule::USE`]. A read is answered
/// also when counting fails.
async fn counted(
    profiles: &Profiles,
    caller: &SignedIn,
    item: &Item,
    alias: Alias,
    now: Timestamp,
) -> Alias {
    let Some(after) = rule::used(&alias, now) else { return alias };
    let written = async {
        let record = after.sealed(profiles, &item.key)?;
        let log = record::log(profiles, caller.id(), &after.context, after.number);
        let logged = after.sealed(profiles, &log)?;
        let until = after.kept_until(profiles);
        let guard = Guard::Revision(item.revision);
        let writes = vec![
            Write::put_until(item.key.clone(), guard, encode(&record), until),
            Write::put_until(log, Guard::Any, encode(&logged), until),
        ];
        profiles.platform.journal.commit(writes).await
    };
    match written.await {
        Ok(()) => after,
        // Another request has counted or changed the alias: the next use counts.
        Err(StoreError::Conflict(_)) => alias,
        Err(error) => {
            tracing::warn!(%error, "the use of an alias could not be counted");
            alias
        }
    }
}

async fn exchange(
    profiles: &Profiles,
    caller: &SignedIn,
    alias_context: &AliasContext,
    command: AliasCommand,
) -> Result<Alias, Problem> {
    let fresh = reserve(profiles, caller, alias_context).await?;
    let key = slot(profiles, caller.id(), alias_context);
    let keys = std::slice::from_ref(&key);
    let decide = |loaded: &Loaded| {
        let before = record::loaded(profiles, loaded, &key)?;
        match rule::decide(before, command, loaded.now()) {
            AliasDecision::Keep(alias) => Ok((Changes::none(), alias)),
            AliasDecision::Put { ended, was_active } => {
                written(profiles, caller, loaded, &fresh, ended, was_active)
            }
        }
    };
    let outcome = caller.change_or(&profiles.platform, keys, decide).await;
    if !may_be_active(&outcome, &fresh) {
        release(profiles, &fresh).await;
    }
    outcome
}

/// Whether `fresh` may be the active alias: a store that fails may have committed before.
fn may_be_active(outcome: &Result<Alias, Problem>, fresh: &Alias) -> bool {
    match outcome {
        Ok(alias) => alias.id == fresh.id,
        Err(problem) => problem.code == Code::Unavailable,
    }
}

fn written(
    profiles: &Profiles,
    caller: &SignedIn,
    loaded: &Loaded,
    fresh: &Alias,
    ended: Option<Alias>,
    was_active: bool,
) -> Result<(Changes, Alias), Problem> {
    let user = caller.id();
    // Nothing is written about a user that is erased.
    let head: Head = loaded.get(&Head::key(user))?.ok_or_else(Problem::unauthenticated)?;
    let alias = Alias { number: head.sequence + 1, ..fresh.clone() };
    let changes = alias.write_active(profiles, user, Changes::none())?;
    let changes = match ended {
        Some(ended) => ended.write_logged(profiles, user, changes)?,
        None => changes,
    };
    let context_type = alias.context_type;
    let changes = if was_active {
        changes.emit(&AliasRegenerated { context_type })
    } else {
        changes.emit(&AliasCreated { context_type }).counted(ALIASED, true)
    };
    Ok((changes, alias))
}

/// A new alias with an unused name and id.
///
/// This is a commit of its own, before the one in the user's partition: items of one commit have
/// the same revision, by which a reader of the store could join them. A crash in between leaves a
/// name without an alias, which is free again once it expires.
async fn reserve(
    profiles: &Profiles,
    caller: &SignedIn,
    alias_context: &AliasContext,
) -> Result<Alias, Problem> {
    for attempt in 0..rule::TRIES {
        let alias = new_alias(profiles, alias_context, profiles.platform.now(), attempt);
        let writes = reservation(profiles, caller, &alias)?;
        match profiles.platform.journal.commit(writes).await {
            Ok(()) => return Ok(alias),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Unavailable, Detail::AliasesFull).retry_after(1))
}

fn new_alias(
    profiles: &Profiles,
    alias_context: &AliasContext,
    now: Timestamp,
    attempt: u32,
) -> Alias {
    let id = AliasId::generate(now, &*profiles.platform.random);
    let parts = [alias_context.context.as_bytes(), id.as_str().as_bytes(), &attempt.to_le_bytes()];
    let (species, name) =
        rule::name(&profiles.platform.keys.hash("alias-generator", &parts), attempt);
    Alias {
        picture: picture::token(profiles, &id, species),
        id,
        name,
        context: alias_context.context.clone(),
        context_type: alias_context.context_type,
        session: alias_context.session.clone(),
        created_at: now,
        expires_at: now.plus(profiles.settings.alias_expiry),
        ended_at: None,
        revealed_at: None,
        usage_count: 1,
        counted_at: now,
        number: 0,
    }
}

fn reservation(
    profiles: &Profiles,
    caller: &SignedIn,
    alias: &Alias,
) -> Result<Vec<Write>, StoreError> {
    let owner_key = owner::key(profiles, &alias.id);
    let sealed_owner =
        SealedAliasOwner::new(profiles, &owner_key, &AliasOwner::of(caller.id(), alias))?;
    let lot = || profiles.platform.random.below(SCATTER);
    let claimed_until = midnight_after(alias.expires_at, lot());
    let owner_until =
        midnight_after(alias.expires_at.plus(profiles.settings.activity_retention), lot());
    Ok(vec![
        Write::put_until(
            claim_of(profiles, alias),
            Guard::Absent,
            encode(&AliasNameClaim {}),
            claimed_until,
        ),
        Write::put_until(owner_key, Guard::Absent, encode(&sealed_owner), owner_until),
    ])
}

fn claim_of(profiles: &Profiles, alias: &Alias) -> Key {
    claim(profiles, &alias.context, &alias.name)
}

/// Deletes the reservation of an alias that was never served.
async fn release(profiles: &Profiles, alias: &Alias) {
    let keys = [claim_of(profiles, alias), owner::key(profiles, &alias.id)];
    let writes = keys.into_iter().map(|key| Write::delete(key, Guard::Any)).collect();
    if let Err(error) = profiles.platform.journal.commit(writes).await {
        tracing::warn!(%error, "the name of an alias that nobody bears stays taken until it expires");
    }
}

/// Reveals the caller as the owner of their alias in `alias_context`.
pub(super) async fn reveal(
    profiles: &Profiles,
    caller: &SignedIn,
    alias_context: &AliasContext,
) -> Result<Alias, Problem> {
    let key = slot(profiles, caller.id(), alias_context);
    let keys = std::slice::from_ref(&key);
    let decide = |loaded: &Loaded| {
        let alias =
            record::loaded(profiles, loaded, &key)?.filter(|alias| alias.is_current(loaded.now()));
        let alias = alias.ok_or_else(Problem::not_found)?;
        let Some(after) = rule::revealed(&alias, loaded.now()) else {
            return Ok((Changes::none(), alias));
        };
        let changes = after.write_active(profiles, caller.id(), Changes::none())?;
        Ok((changes.emit(&converted(caller, &after)), after))
    };
    caller.change_or(&profiles.platform, keys, decide).await
}

fn converted(caller: &SignedIn, alias: &Alias) -> AliasConverted {
    AliasConverted {
        user_id: caller.id().clone(),
        alias_id: alias.id.clone(),
        display_name: alias.name.clone(),
        context: alias.context.clone(),
        context_type: alias.context_type,
    }
}
