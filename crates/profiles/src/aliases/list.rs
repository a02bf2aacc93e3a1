//! A user's aliases, in pages.

use selfsame_events::user_partition;
use selfsame_primitives::{SessionId, UserId};
use selfsame_store::{Item, Key, Query, StoreError};

use super::owner;
use super::place::ContextType;
use super::record::{self, ACTIVE, Alias, claim, log_prefix, opened};
use crate::Profiles;
use selfsame_users::records::ALIAS_LOG;

/// Items of a range per read.
const AT_ONCE: usize = 100;
/// Most reads of one request: a page may be shorter than was asked for.
const READS: usize = 10;

/// Some aliases, and the sort key behind which there may be more.
pub(super) type Found = (Vec<Alias>, Option<String>);

/// The active aliases, in no particular order; session aliases only if they belong to `session`.
pub(super) async fn active(
    profiles: &Profiles,
    user: &UserId,
    session: Option<&SessionId>,
    limit: usize,
    after: Option<String>,
) -> Result<Found, StoreError> {
    let now = profiles.platform.now();
    let query = Query::prefix(user_partition(user), ACTIVE).after(after);
    let is_listed = |alias: &Alias| {
        alias.is_current(now) && (alias.session.is_none() || alias.session.as_ref() == session)
    };
    walk(profiles, query, limit, is_listed).await
}

/// All aliases in `context`, past and active, the newest first.
pub(super) async fn history(
    profiles: &Profiles,
    user: &UserId,
    (context, kind): (&str, Option<ContextType>),
    limit: usize,
    after: Option<String>,
) -> Result<Found, StoreError> {
    let query = Query::prefix(user_partition(user), &log_prefix(profiles, user, context))
        .backward()
        .after(after);
    walk(profiles, query, limit, |alias| kind.is_none_or(|kind| alias.context_type == kind)).await
}

async fn walk(
    profiles: &Profiles,
    query: Query,
    limit: usize,
    is_listed: impl Fn(&Alias) -> bool,
) -> Result<Found, StoreError> {
    let (mut found, mut query) = (Vec::new(), query.limit(AT_ONCE));
    for _ in 0..READS {
        let page = profiles.platform.store.query(&query).await?;
        for item in &page.items {
            let alias = opened(profiles, item)?;
            if !is_listed(&alias) {
                continue;
            }
            // One alias beyond the limit shows that there is a next page; the cursor is the last
            // one that fits.
            if found.len() == limit {
                return Ok(cut(found));
            }
            found.push((alias, item.key.sort.clone()));
        }
        if page.next.is_none() {
            return Ok((found.into_iter().map(|(alias, _)| alias).collect(), None));
        }
        query = query.after(page.next);
    }
    let next = query.after;
    Ok((found.into_iter().map(|(alias, _)| alias).collect(), next))
}

fn cut(found: Vec<(Alias, String)>) -> Found {
    let next = found.last().map(|(_, sort)| sort.clone());
    (found.into_iter().map(|(alias, _)| alias).collect(), next)
}

/// The keys outside the partition of `user` that belong to one page of their aliases, and the sort
/// key of the next page. For erasure, before the partition is deleted.
pub async fn items_elsewhere(
    profiles: &Profiles,
    user: &UserId,
    after: Option<String>,
) -> Result<(Vec<Key>, Option<String>), StoreError> {
    let query = Query::prefix(user_partition(user), ALIAS_LOG).limit(AT_ONCE / 2).after(after);
    let page = profiles.platform.store.query(&query).await?;
    let keys_of = |item: &Item| -> Result<[Key; 2], StoreError> {
        let alias = record::opened(profiles, item)?;
        Ok([claim(profiles, &alias.context, &alias.name), owner::key(profiles, &alias.id)])
    };
    let keys: Vec<[Key; 2]> = page.items.iter().map(keys_of).collect::<Result<_, _>>()?;
    Ok((keys.into_iter().flatten().collect(), page.next))
}
