//! The statistics compared with a recount, under concurrent changes.

use crate::testing::integrations;
use std::sync::Arc;

use proptest::prelude::*;
use selfsame_events::user_partition;
use selfsame_primitives::Timestamp;
use selfsame_store::{Faults, FaultyStore, MemoryStore, Query, Store as _};
use selfsame_web::Code;

use super::super::record::Review;
use super::super::tally::RatingTotals;
use super::super::{record, remove};
use super::{given, recount, reviewer};
use selfsame_testbed::bench::{Bench, settings};

/// One act of a service.
#[derive(Clone, Debug)]
struct Act {
    review: u8,
    /// The rating; `None` removes the review.
    rating: Option<u8>,
    provider: u8,
    month: i64,
    user: bool,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act =
        (0..6_u8, proptest::option::weighted(0.75, 1..=5_u8), 0..3_u8, 0..4_i64, any::<bool>());
    let act = act.prop_map(|(review, rating, provider, month, user)| Act {
        review,
        rating,
        provider,
        month,
        user,
    });
    proptest::collection::vec(act, 1..40)
}

/// Runs all of `acts` concurrently, on two nodes whose store has random latency, and compares.
async fn done_at_once(acts: Vec<Act>, seed: u64) {
    let bench = Bench::new();
    let ada = bench.register("ada@example.org").await.user();
    let bob = bench.register("bob@example.org").await.user();
    let faults = Faults { interleave: 600, conflict: 50, ..Faults::default() };
    let store = Arc::new(FaultyStore::<MemoryStore>::new(Arc::clone(&bench.store), seed, faults));
    let slow = bench.on_another(store, seed);
    let other = Bench::on(Arc::clone(&bench.store), Arc::clone(&bench.clock), settings(), 2);
    let calls = acts.into_iter().enumerate().map(|(number, act)| {
        let app = Arc::clone(if number % 2 == 0 { &slow } else { &other.app });
        let user = if act.user { ada.clone() } else { bob.clone() };
        async move {
            let id = format!("rev_{}", act.review);
            let at =
                Timestamp::from_millis(app.platform.now().millis() - act.month * 31 * 86_400_000);
            let outcome = match act.rating {
                Some(rating) => {
                    let request = given(&user, &format!("prov_{}", act.provider), rating, at);
                    record(&integrations(&app), &id, &request, &reviewer()).await.map(|_| ())
                }
                None => remove(&integrations(&app), &id, &reviewer()).await.map(|_| ()),
            };
            // Removed before, or another user's: no other refusal is possible.
            let expected = |code| matches!(code, Code::NotFound | Code::Conflict);
            assert!(
                outcome.as_ref().err().is_none_or(|problem| expected(problem.code)),
                "{outcome:?}"
            );
        }
    });
    futures_util::future::join_all(calls).await;
    for user in [&ada, &bob] {
        let (reviews, expected) = recount(&bench, user).await;
        let item = bench.store.get(&RatingTotals::key(user)).await.unwrap();
        let tally = item
            .map(|item| selfsame_store::decode::<RatingTotals>(&item.body).unwrap())
            .unwrap_or_default();
        assert_eq!(tally, expected);
        let positions = Query::prefix(user_partition(user), "review-of/").limit(1000);
        let found = bench.store.query(&positions).await.unwrap().items;
        let mut found: Vec<_> = found.into_iter().map(|item| item.key).collect();
        let mut expected: Vec<_> = reviews.iter().flat_map(|review| review.index(user)).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "every review stands where it should, and nothing else does");
        for review in &reviews {
            assert!(bench.store.get(&Review::claim(&review.review_id)).await.unwrap().is_some());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn statistics_equal_a_recount_after_anything_at_once(acts in acts(), seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(done_at_once(acts, seed));
    }
}
