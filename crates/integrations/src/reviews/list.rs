//! A user's reviews, a page at a time.
//!
//! Whatever is asked for, each rating that may be in the answer is one range of places, so a page
//! is made from at most five reads of as many places as it has reviews, and one more, and one read
//! of the reviews themselves. Nothing is read to be left out.

use std::cmp::Ordering;

use futures_util::future::try_join_all;
use selfsame_events::user_partition;
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Direction, Item, Key, Query, StoreError, decode};

use super::record::{Review, ReviewIndex, ReviewIndexKey};
use crate::Integrations;

/// In which order.
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

    /// Where the range of `rating` goes on behind `place`; `None` where all of it stands before.
    fn behind(self, place: &ReviewIndexKey, rating: u8) -> Option<PageStart> {
        let by_rating = match self {
            Self::Newest | Self::Oldest => Ordering::Equal,
            Self::Highest => place.rating.cmp(&rating),
            Self::Lowest => rating.cmp(&place.rating),
        };
        match by_rating {
            Ordering::Less => None,
            Ordering::Equal => Some(PageStart::Place(ReviewIndexKey { rating, ..place.clone() })),
            Ordering::Greater => Some(PageStart::Nothing),
        }
    }
}

/// Behind what a range is read.
enum PageStart {
    Nothing,
    Place(ReviewIndexKey),
}

/// Which reviews.
#[derive(Clone, Debug)]
pub(super) struct ReviewQuery<'w> {
    pub(super) user: &'w UserId,
    pub(super) provider: Option<&'w str>,
    pub(super) rating: Option<u8>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) sort: Sort,
}

/// The first `limit` of the reviews that are `wanted`, behind the place `after`, and the last one's
/// place where there are more.
pub(super) async fn page(
    integrations: &Integrations,
    wanted: &ReviewQuery<'_>,
    limit: usize,
    after: Option<&ReviewIndexKey>,
) -> Result<(Vec<Review>, Option<ReviewIndexKey>), StoreError> {
    let ranges = (1..=5).filter(|rating| wanted.rating.is_none_or(|only| only == *rating));
    let reads = ranges.filter_map(|rating| query(wanted, rating, limit, after));
    let found =
        try_join_all(reads.map(async |query| places(integrations, wanted, query, limit + 1).await))
            .await?;
    let mut places: Vec<ReviewIndexKey> = found.into_iter().flatten().collect();
    places.sort_by(|left, right| wanted.sort.order(left, right));
    let more = places.len() > limit;
    places.truncate(limit);
    let next = places.last().filter(|_| more).cloned();
    Ok((reviews(integrations, wanted, &places).await?, next))
}

fn query(
    wanted: &ReviewQuery<'_>,
    rating: u8,
    limit: usize,
    after: Option<&ReviewIndexKey>,
) -> Option<Query> {
    let shelf = ReviewIndex { user: wanted.user, provider: wanted.provider };
    let behind =
        after.map_or(Some(PageStart::Nothing), |place| wanted.sort.behind(place, rating))?;
    let after = match behind {
        PageStart::Nothing => None,
        PageStart::Place(place) => Some(shelf.key(&place).sort),
    };
    let range = shelf.range(rating, wanted.from, wanted.until);
    Some(Query { direction: wanted.sort.direction(), after, limit: limit + 1, ..range })
}

/// At most `most` places of one range. A store may give fewer at once than it is asked for, though
/// never of items as small as these for any other reason than its own.
async fn places(
    integrations: &Integrations,
    wanted: &ReviewQuery<'_>,
    mut query: Query,
    most: usize,
) -> Result<Vec<ReviewIndexKey>, StoreError> {
    let shelf = ReviewIndex { user: wanted.user, provider: wanted.provider };
    let mut places = Vec::new();
    loop {
        let page = integrations.platform.store.query(&query).await?;
        for item in &page.items {
            let place = shelf.place(&item.key.sort);
            places.push(
                place.ok_or_else(|| StoreError::Corrupt(format!("{} is no place", item.key)))?,
            );
        }
        if page.next.is_none() || places.len() >= most {
            return Ok(places);
        }
        query = Query { after: page.next, limit: most - places.len(), ..query };
    }
}

/// The reviews at `places`, without those that went or moved meanwhile.
async fn reviews(
    integrations: &Integrations,
    wanted: &ReviewQuery<'_>,
    places: &[ReviewIndexKey],
) -> Result<Vec<Review>, StoreError> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = places.iter().map(|place| Review::key(wanted.user, &place.id)).collect();
    let mut found = Vec::with_capacity(places.len());
    for (item, place) in integrations.platform.store.get_many(&keys).await?.iter().zip(places) {
        let review = item.as_ref().map(|item| decode::<Review>(&item.body)).transpose()?;
        let is_there = |review: &Review| {
            review.place() == *place
                && wanted.provider.is_none_or(|provider| provider == review.provider_id)
        };
        found.extend(review.filter(is_there));
    }
    Ok(found)
}

/// Where everything lies, outside of the partition of `user`, that belongs to one page of their
/// reviews, and the sort key behind which there are more: for erasure, before the partition goes.
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
