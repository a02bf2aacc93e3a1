//! Every filter in every order, compared with a plain list, and the cost of a page.

use crate::testing::integrations;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use selfsame_primitives::{Random, SeededRandom, Timestamp, UserId};
use selfsame_store::{Commit, Item, Key, MemoryStore, Page, Query, Store, StoreError};

use super::super::list::{ReviewQuery, Sort, items_elsewhere, page};
use super::super::record::Review;
use super::super::{operation, record};
use super::{given, recount, reviewer};
use crate::Integrations;
use selfsame_testbed::bench::Bench;

const DAY: i64 = 86_400_000;

/// A user with `count` reviews of five providers within 20 days, many at the same moment.
async fn crowded(count: u64) -> (Bench, UserId) {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    let dice = SeededRandom::new(7);
    let dice: &dyn Random = &dice;
    for number in 0..count {
        let at = bench.app.platform.now().millis() - DAY * i64::try_from(dice.below(20)).unwrap();
        let rating = u8::try_from(dice.below(5)).unwrap() + 1;
        let provider = format!("prov_{}", dice.below(5));
        let request = given(&user, &provider, rating, Timestamp::from_millis(at));
        record(&integrations(&bench.app), &format!("rev_{number}"), &request, &reviewer())
            .await
            .unwrap();
    }
    (bench, user)
}

async fn all_pages(
    integrations: &Integrations,
    filter: &ReviewQuery<'_>,
    limit: usize,
) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let (reviews, next) = page(integrations, filter, limit, after.as_ref()).await.unwrap();
        assert!(
            reviews.len() == limit || next.is_none(),
            "a page that is not the last one is full"
        );
        ids.extend(reviews.into_iter().map(|review| review.review_id));
        after = next;
        if after.is_none() {
            return ids;
        }
    }
}

/// The result of a plain list.
fn expected(mut reviews: Vec<Review>, filter: &ReviewQuery<'_>) -> Vec<String> {
    reviews.retain(|review| {
        filter.provider.is_none_or(|provider| provider == review.provider_id)
            && filter.rating.is_none_or(|rating| rating == review.rating)
            && (filter.from..filter.until).contains(&review.created_at)
    });
    reviews.sort_by_key(|review| (review.created_at, review.review_id.clone()));
    if filter.sort != Sort::Oldest {
        reviews.reverse();
    }
    // Sorting is stable.
    match filter.sort {
        Sort::Highest => reviews.sort_by_key(|review| 5 - review.rating),
        Sort::Lowest => reviews.sort_by_key(|review| review.rating),
        Sort::Newest | Sort::Oldest => {}
    }
    reviews.into_iter().map(|review| review.review_id).collect()
}

#[tokio::test]
async fn every_filter_in_every_order_gives_what_a_plain_list_would_on_pages_of_any_size() {
    let (bench, user) = crowded(120).await;
    let (reviews, _) = recount(&bench, &user).await;
    let now = bench.app.platform.now().millis();
    let ago = |days: i64| Timestamp::from_millis(now - DAY * days);
    let mut found = 0;
    for (_, sort) in Sort::NAMES {
        for rating in [None, Some(1), Some(5)] {
            for provider in [None, Some("prov_3"), Some("prov_nobody")] {
                for (from, until) in [(ago(1000), ago(-1)), (ago(12), ago(3)), (ago(5), ago(-1))] {
                    let filter = ReviewQuery { user: &user, provider, rating, from, until, sort };
                    let expected = expected(reviews.clone(), &filter);
                    found += expected.len();
                    for limit in [1, 7, 100] {
                        assert_eq!(
                            all_pages(&integrations(&bench.app), &filter, limit).await,
                            expected,
                            "{filter:?} by {limit}"
                        );
                    }
                }
            }
        }
    }
    assert!(found > 1000, "only {found} reviews were found at all");
}

/// A store that counts reads.
struct Counting {
    store: Arc<MemoryStore>,
    reads: AtomicUsize,
    items: AtomicUsize,
}

#[async_trait]
impl Store for Counting {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.store.get(key).await
    }
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.items.fetch_add(keys.len(), Ordering::SeqCst);
        self.store.get_many(keys).await
    }
    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let page = self.store.query(query).await?;
        self.items.fetch_add(page.items.len(), Ordering::SeqCst);
        Ok(page)
    }
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.store.commit(commit).await
    }
}

#[tokio::test]
async fn a_page_costs_six_reads_at_most_and_nothing_that_grows_with_the_reviews() {
    let (bench, user) = crowded(400).await;
    let counting = Arc::new(Counting {
        store: Arc::clone(&bench.store),
        reads: AtomicUsize::default(),
        items: AtomicUsize::default(),
    });
    let app = bench.on_another(Arc::clone(&counting) as _, 5);
    for (_, sort) in Sort::NAMES {
        for (rating, provider) in
            [(None, None), (Some(3), None), (None, Some("prov_1")), (Some(2), Some("prov_2"))]
        {
            let (from, until) =
                (Timestamp::default(), app.platform.now().plus(std::time::Duration::from_secs(1)));
            let filter = ReviewQuery { user: &user, provider, rating, from, until, sort };
            counting.reads.store(0, Ordering::SeqCst);
            counting.items.store(0, Ordering::SeqCst);
            let (reviews, _) = page(&integrations(&app), &filter, 10, None).await.unwrap();
            let (reads, items) =
                (counting.reads.load(Ordering::SeqCst), counting.items.load(Ordering::SeqCst));
            assert!((1..=10).contains(&reviews.len()));
            assert!(
                reads <= 6 && items <= 5 * 11 + 10,
                "{reads} reads of {items} items for {filter:?}"
            );
        }
    }
}

#[tokio::test]
async fn erasure_finds_every_claim_of_a_user_and_no_others() {
    let (bench, user) = crowded(3).await;
    let other = bench.register("bob@example.org").await.user();
    record(
        &integrations(&bench.app),
        "rev_x",
        &given(&other, "p", 1, bench.app.platform.now()),
        &reviewer(),
    )
    .await
    .unwrap();
    operation::remove(&integrations(&bench.app), "rev_1", &reviewer()).await.unwrap();
    let (keys, next) = items_elsewhere(&integrations(&bench.app), &user, None).await.unwrap();
    assert_eq!((keys, next), (vec![Review::claim("rev_0"), Review::claim("rev_2")], None));
}
