//! Counts.

use crate::testing::integrations;
use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{Origin, user_partition};
use selfsame_primitives::UserId;
use selfsame_store::{Guard, Query, Write, encode};
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::super::stats::{self, StatsRequest};
use super::token;
use selfsame_identity::actor::Actor;
use selfsame_testbed::bench::Bench;
use selfsame_users::records::Stats;

async fn post(bed: &Testbed, token: &str, user: &User, body: &Value) -> Answer {
    bed.post(&format!("/internal/v1/users/{}/stats", user.id), body).token(token).send().await
}

#[tokio::test]
async fn an_event_is_counted_once_and_answered_the_same_again() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["stats:write"]).await;
    let first = json!({"eventId": "e1", "increments": {"postsCount": 2, "likesReceived": 5}});
    let counted = post(&bed, &forum, &ada, &first).await.expect(200).data();
    assert_eq!(
        counted,
        json!({"userId": ada.id, "eventId": "e1", "stats": {
            "postsCount": 2, "likesReceived": 5, "commentsCount": 0, "followersCount": 0, "followingCount": 0
        }})
    );
    post(&bed, &forum, &ada, &json!({"eventId": "e2", "increments": {"postsCount": -1}}))
        .await
        .expect(200);
    assert_eq!(post(&bed, &forum, &ada, &first).await.expect(200).data(), counted);
    let seen = async |user: &User| {
        bed.get("/v1/profile").by(user).send().await.expect(200).data()["stats"]["postsCount"]
            .clone()
    };
    assert_eq!(seen(&ada).await, 1);
    // The same event from another service is still the same event.
    let blog = token(&bed, "blog", &["stats:write"]).await;
    assert_eq!(post(&bed, &blog, &ada, &first).await.expect(200).data(), counted);
    // Another user's events are others.
    let bob = bed.register("bob").await;
    post(&bed, &forum, &bob, &first).await.expect(200);
    assert_eq!((seen(&ada).await, seen(&bob).await), (json!(1), json!(2)));
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn an_id_that_was_used_for_something_else_is_refused() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["stats:write"]).await;
    post(&bed, &forum, &ada, &json!({"eventId": "e1", "increments": {"postsCount": 2}}))
        .await
        .expect(200);
    let other = json!({"eventId": "e1", "increments": {"postsCount": 3}});
    post(&bed, &forum, &ada, &other).await.problem(422, "idempotency_mismatch");
}

#[tokio::test]
async fn an_id_is_remembered_for_thirty_days_and_leaves_nothing_behind() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["stats:write"]).await;
    let body = json!({"eventId": "e1", "increments": {"postsCount": 1}});
    let posts = async || {
        post(&bed, &forum, &ada, &body).await.expect(200).data()["stats"]["postsCount"].clone()
    };
    assert_eq!(posts().await, 1);
    bed.clock.advance(Duration::from_hours(30 * 24) - Duration::from_millis(1));
    assert_eq!(posts().await, 1);
    bed.clock.advance(Duration::from_millis(1));
    let user = id(&ada);
    let remaining =
        bed.app.platform.store.query(&Query::prefix(user_partition(&user), "once/")).await.unwrap();
    assert_eq!(remaining.items, []);
    assert_eq!(posts().await, 2);
}

fn id(user: &User) -> UserId {
    UserId::parse(&user.id).unwrap()
}

#[tokio::test]
async fn no_number_gets_below_zero_or_too_large_and_what_is_refused_is_not_remembered() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["stats:write"]).await;
    let send = async |id: &str, increments: Value| {
        post(&bed, &forum, &ada, &json!({"eventId": id, "increments": increments})).await
    };
    send("e1", json!({"followersCount": 2})).await.expect(200);
    let fields = send("e2", json!({"followersCount": -3, "postsCount": 1, "likesReceived": -1}))
        .await
        .fields_of_problem(409, "conflict");
    assert_eq!(fields, ["/increments/likesReceived", "/increments/followersCount"]);
    send("e3", json!({"followersCount": 1})).await.expect(200);
    let data = send("e2", json!({"followersCount": -3, "postsCount": 1})).await.expect(200).data();
    assert_eq!(
        (&data["stats"]["followersCount"], &data["stats"]["postsCount"]),
        (&json!(0), &json!(1))
    );
    let full = Stats { likes_received: (1 << 53) - 1, ..Stats::default() };
    let user = id(&ada);
    let write = Write::put(Stats::key(&user), Guard::Any, encode(&full));
    bed.app.platform.journal.commit(vec![write]).await.unwrap();
    let fields = send("e4", json!({"likesReceived": 1})).await.fields_of_problem(409, "conflict");
    assert_eq!(fields, ["/increments/likesReceived"]);
}

#[tokio::test]
async fn what_is_no_event_is_refused_field_by_field() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let forum = token(&bed, "forum", &["stats:write"]).await;
    for (body, pointer) in [
        (json!({"increments": {"postsCount": 1}}), "/eventId"),
        (json!({"eventId": 1, "increments": {"postsCount": 1}}), "/eventId"),
        (json!({"eventId": "", "increments": {"postsCount": 1}}), "/eventId"),
        (json!({"eventId": "a/b", "increments": {"postsCount": 1}}), "/eventId"),
        (json!({"eventId": "a".repeat(129), "increments": {"postsCount": 1}}), "/eventId"),
        (json!({"eventId": "e1"}), "/increments"),
        (json!({"eventId": "e1", "increments": {}}), "/increments"),
        (json!({"eventId": "e1", "increments": []}), "/increments"),
        (json!({"eventId": "e1", "increments": {"karma": 1}}), "/increments/karma"),
        (json!({"eventId": "e1", "increments": {"joinedAt": 1}}), "/increments/joinedAt"),
        (json!({"eventId": "e1", "increments": {"postsCount": 1.5}}), "/increments/postsCount"),
        (json!({"eventId": "e1", "increments": {"postsCount": "1"}}), "/increments/postsCount"),
        (
            json!({"eventId": "e1", "increments": {"postsCount": 1_000_000_001}}),
            "/increments/postsCount",
        ),
        (
            json!({"eventId": "e1", "increments": {"postsCount": i64::MIN}}),
            "/increments/postsCount",
        ),
        (json!({"eventId": "e1", "increments": {"postsCount": 1}, "at": "now"}), "/at"),
    ] {
        assert_eq!(post(&bed, &forum, &ada, &body).await.refused_fields(), [pointer], "{body}");
    }
    for event_id in [json!("a/b"), json!(null)] {
        let body = json!({"eventId": event_id, "increments": {"postsCount": 1_000_000_001}});
        let refused = post(&bed, &forum, &ada, &body).await.refused_fields();
        assert_eq!(refused, ["/eventId", "/increments/postsCount"], "{body}");
    }
}

#[tokio::test]
async fn events_that_come_at_once_and_twice_on_two_nodes_are_counted_exactly() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    let other = Bench::on(
        Arc::clone(&bench.store),
        Arc::clone(&bench.clock),
        selfsame_testbed::bench::settings(),
        2,
    );
    let by = Actor::new("forum", Origin::default());
    let calls = (0..120_usize).map(|number| {
        let (app, user, by) = (integrations(if number % 2 == 0 { &bench.app } else { &other.app }), user.clone(), by.clone());
        tokio::spawn(async move {
            // Each event comes three times, to both nodes.
            let body = json!({"eventId": format!("e{}", number % 40), "increments": {"postsCount": 1, "likesReceived": 2}});
            let request: StatsRequest = serde_json::from_value(body).unwrap();
            stats::apply(&app, &user, &request, &by).await
        })
    });
    for call in futures_util::future::join_all(calls).await {
        call.unwrap().unwrap();
    }
    for app in [&bench.app, &other.app] {
        let person = app.users.cache.get(&user).await.unwrap().unwrap();
        assert_eq!((person.stats.posts_count, person.stats.likes_received), (40, 80));
    }
}
