mod flow;
mod lists;
mod tallies;

use selfsame_events::{Origin, user_partition};
use selfsame_primitives::{Timestamp, UserId};
use selfsame_store::{Query, Store as _, decode};
use serde_json::{Value, json};

use super::record::Review;
use super::request::ReviewRequest;
use super::tally::RatingTotals;
use selfsame_identity::actor::Actor;
use selfsame_testbed::bench::Bench;

fn reviewer() -> Actor {
    Actor::new("bookings", Origin::default())
}

fn request(body: Value) -> ReviewRequest {
    serde_json::from_value(body).unwrap()
}

/// A review of `user` that was given at `at`.
fn given(user: &UserId, provider: &str, rating: u8, at: Timestamp) -> ReviewRequest {
    request(json!({
        "userId": user, "providerId": provider, "providerName": "Bright Plumbing", "serviceId": "svc",
        "rating": rating, "createdAt": at
    }))
}

/// All reviews of `user`, and a recount of them.
async fn recount(bench: &Bench, user: &UserId) -> (Vec<Review>, RatingTotals) {
    let query = Query::prefix(user_partition(user), Review::PREFIX).limit(1000);
    let items = bench.store.query(&query).await.unwrap().items;
    let reviews: Vec<Review> = items.iter().map(|item| decode(&item.body).unwrap()).collect();
    let mut tally = RatingTotals::default();
    for review in &reviews {
        tally.add(review);
    }
    (reviews, tally)
}
