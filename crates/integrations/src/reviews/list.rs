//! A user's reviews, in pages.
//!
//! For any filter and order, each rating that may be in the answer is one range of index keys. So a
//! page takes at most five reads of as many keys as it has reviews, and one more, and one read of
//! the reviews themselves. No item is read and then filtered out.

use std::cmp::Ordering;

use futures_util::future::try_join_all;
use selfsame_events::user_partition;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Direction, Item, Key, Query, StoreError, decode};

use super::record::{Review, ReviewIndex, ReviewIndexKey};
use crate::Integrations;

/// The order of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sort {
    Newest,
    Oldest,
    /// The best rating first, and within one rating the newest.
    Highest,
    /// The worst rating first, and within one rating the newest.
    Lowest,
}

impl Sort {
    pub(super) const NAMES: [(&'static str, Self); 4] = [
        ("newest", Self::Newest),
        ("oldest", Self::Oldest),
        ("highest", Self::Highest),
        ("lowest", Self::Lowest),
    ];

    fn direction(self) -> Direction {
        if self == Self::Oldest { Direction::Forward } else { Direction::Backward }
    }

    fn order(self, left: &ReviewIndexKey, right: &ReviewIndexKey) -> Ordering {
        let newest = || (right.at, &right.id).cmp(&(left.at, &left.id));
        match self {
            Self::Newest => newest(),
            Self::Oldest => newest().reverse(),
            Self::Highest => right.rating.cmp(&left.rating).then_with(newest),
            Self::Lowest => left.rating.cmp(&right.rating).then_with(newest),
        }
    }

    /// Where the range of `rating` continues behind `position`; `None` where all of it is before.
    fn behind(self, position: &ReviewIndexKey, rating: u8) -> Option<PageStart> {
        let by_rating = match self {
            Self::Newest | Self::Oldest => Ordering::Equal,
            Self::Highest => position.rating.cmp(&rating),
            Self::Lowest => rating.cmp(&position.rating),
        };
        match by_rating {
            Ordering::Less => None,
            Ordering::Equal => {
                Some(PageStart::Position(ReviewIndexKey { rating, ..position.clone() }))
            }
            Ordering::Greater => Some(PageStart::Nothing),
        }
    }
}

/// The position behind which a range is read.
enum PageStart {
    Nothing,
    Position(ReviewIndexKey),
}

/// Filter and order of a list.
#[derive(Clone, Debug)]
pub(super) struct ReviewQuery<'w> {
    pub(super) user: &'w UserId,
    pub(super) provider: Option<&'w str>,
    pub(super) rating: Option<u8>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) sort: Sort,
}

/// The first `limit` reviews of `filter` behind the key `after`, and the key of the last one where
/// there are more.
pub(super) async fn page(
    integrations: &Integrations,
    filter: &ReviewQuery<'_>,
    limit: usize,
    after: Option<&ReviewIndexKey>,
) -> Result<(Vec<Review>, Option<ReviewIndexKey>), StoreError> {
    let ranges = (1..=5).filter(|rating| filter.rating.is_none_or(|only| only == *rating));
    let reads = ranges.filter_map(|rating| query(filter, rating, limit, after));
    let found = try_join_all(
        reads.map(async |query| positions(integrations, filter, query, limit + 1).await),
    )
    .await?;
    let mut positions: Vec<ReviewIndexKey> = found.into_iter().flatten().collect();
    positions.sort_by(|left, right| filter.sort.order(left, right));
    let more = positions.len() > limit;
    positions.truncate(limit);
    let next = positions.last().filter(|_| more).cloned();
    Ok((reviews(integrations, filter, &positions).await?, next))
}

fn query(
    filter: &ReviewQuery<'_>,
    rating: u8,
    limit: usize,
    after: Option<&ReviewIndexKey>,
) -> Option<Query> {
    let index = ReviewIndex { user: filter.user, provider: filter.provider };
    let behind =
        after.map_or(Some(PageStart::Nothing), |position| filter.sort.behind(position, rating))?;
    let after = match behind {
        PageStart::Nothing => None,
        PageStart::Position(position) => Some(index.key(&position).sort),
    };
    let range = index.range(rating, filter.from, filter.until);
    Some(Query { direction: filter.sort.direction(), after, limit: limit + 1, ..range })
}

/// At most `most` keys of one range. A store may return fewer at once than were asked for, so this
/// reads until it has enough.
async fn positions(
    integrations: &Integrations,
    filter: &ReviewQuery<'_>,
    mut query: Query,
    most: usize,
) -> Result<Vec<ReviewIndexKey>, StoreError> {
    let index = ReviewIndex { user: filter.user, provider: filter.provider };
    let mut positions = Vec::new();
    loop {
        let page = integrations.platform.store.query(&query).await?;
        for item in &page.items {
            let position = index.position(&item.key.sort);
            positions.push(
                position.ok_or_else(|| StoreError::Corrupt(format!("{} is no place", item.key)))?,
            );
        }
        if page.next.is_none() || positions.len() >= most {
            return Ok(positions);
        }
        query = Query { after: page.next, limit: most - positions.len(), ..query };
    }
}

/// The reviews at `positions`, without those that were removed or moved meanwhile.
async fn reviews(
    integrations: &Integrations,
    filter: &ReviewQuery<'_>,
    positions: &[ReviewIndexKey],
) -> Result<Vec<Review>, StoreError> {
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> =
        positions.iter().map(|position| Review::key(filter.user, &position.id)).collect();
    let mut found = Vec::with_capacity(positions.len());
    for (item, position) in integrations.platform.store.get_many(&keys).await?.iter().zip(positions)
    {
        let review = item.as_ref().map(|item| decode::<Review>(&item.body)).transpose()?;
        let is_there = |review: &Review| {
            review.position() == *position
                && filter.provider.is_none_or(|provider| provider == review.provider_id)
        };
        found.extend(review.filter(is_there));
    }
    Ok(found)
}

/// The keys outside the partition of `user` that belong to one page of their reviews, and the sort
/// key of the next page. For erasure, before the partition is deleted.
pub async fn items_elsewhere(
    integrations: &Integrations,
    user: &UserId,
    after: Option<String>,
) -> Result<(Vec<Key>, Option<String>), StoreError> {
    let query = Query::prefix(user_partition(user), Review::PREFIX).after(after);
    let page = integrations.platform.store.query(&query).await?;
    let id = |item: &Item| item.key.sort.strip_prefix(Review::PREFIX).map(Review::claim);
    Ok((page.items.iter().filter_map(id).collect(), page.next))
}
