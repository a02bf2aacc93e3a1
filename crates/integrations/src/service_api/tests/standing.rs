//! Suspension and reinstatement.

use std::sync::Arc;

use selfsame_events::{Changes, Head, Loaded, Origin, Status, user_partition};
use selfsame_primitives::UserId;
use selfsame_store::{Faults, FaultyStore, MemoryStore, Query, Store as _, StoreError, decode};
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

use super::token;
use selfsame_identity::suspension::{self, SuspendRequest};
use selfsame_identity::{actor::Actor, suspension::Suspension};
use selfsame_testbed::bench::Bench;

async fn suspend(bed: &Testbed, token: &str, user: &User, body: &Value) -> Answer {
    bed.post(&format!("/internal/v1/users/{}/suspend", user.id), body).token(token).send().await
}

async fn reinstate(bed: &Testbed, token: &str, user: &User) -> Answer {
    bed.call("POST", &format!("/internal/v1/users/{}/reinstate", user.id)).token(token).send().await
}

#[tokio::test]
async fn a_suspended_account_is_signed_out_at_once_and_hidden_from_others() {
    let bed = Testbed::new();
    let (ada, bob) = (bed.register("ada").await, bed.register("bob").await);
    let token = token(&bed, "moderation", &["users:suspend", "profiles:read"]).await;
    let standing =
        suspend(&bed, &token, &ada, &json!({"reason": " Spam "})).await.expect(200).data();
    assert_eq!(
        standing,
        json!({
            "userId": ada.id, "status": "suspended", "reason": "Spam", "service": "moderation",
            "suspendedAt": "2027-01-15T08:00:00.000Z"
        })
    );
    bed.get("/v1/profile").by(&ada).send().await.problem(401, "unauthenticated");
    let refresh = json!({"refreshToken": ada.data["refreshToken"]});
    bed.post("/auth/refresh", &refresh).send().await.expect(401);
    let sign_in = json!({"identifier": "ada", "password": "correct horse battery staple"});
    bed.post("/auth/login", &sign_in).send().await.problem(403, "forbidden");
    for path in [format!("/v1/profile/{}", ada.id), "/v1/profile/by-username/ada".to_owned()] {
        assert_eq!(bed.get(&path).by(&bob).send().await.status, 404, "{path}");
    }
    let batch =
        bed.post("/internal/v1/profiles/batch", &json!({"userIds": [ada.id]})).token(&token);
    assert_eq!(batch.send().await.expect(200).data()["profiles"], json!({}));
    let events = bed.events().await;
    let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["user.suspended", "session.ended"]);
    assert_eq!(events[0].data, json!({"userId": ada.id, "service": "moderation"}));
    assert_eq!(events[1].data["reason"], "suspended");
}

#[tokio::test]
async fn a_reinstated_user_signs_in_again_and_the_old_sessions_stay_ended() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let token = token(&bed, "moderation", &["users:suspend"]).await;
    suspend(&bed, &token, &ada, &json!({"reason": "Spam"})).await.expect(200);
    let standing = reinstate(&bed, &token, &ada).await.expect(200).data();
    assert_eq!(standing, json!({"userId": ada.id, "status": "active"}));
    bed.get("/v1/profile").by(&ada).send().await.problem(401, "unauthenticated");
    bed.get(&format!("/v1/profile/{}", ada.id)).send().await.expect(200);
    let sign_in = json!({"identifier": "ada", "password": "correct horse battery staple"});
    bed.post("/auth/login", &sign_in).send().await.expect(200);
    let types = bed.event_types().await;
    assert_eq!(types, ["user.suspended", "session.ended", "user.reinstated", "session.created"]);
    let user = UserId::parse(&ada.id).unwrap();
    assert_eq!(bed.app.platform.store.get(&Suspension::key(&user)).await.unwrap(), None);
}

#[tokio::test]
async fn a_second_suspension_keeps_the_first_reason_and_only_what_is_stopped_is_reinstated() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let token = token(&bed, "moderation", &["users:suspend"]).await;
    let unchanged = reinstate(&bed, &token, &ada).await.expect(200).data();
    assert_eq!(unchanged["status"], "active");
    suspend(&bed, &token, &ada, &json!({"reason": "Spam"})).await.expect(200);
    let again = suspend(&bed, &token, &ada, &json!({"reason": "Fraud"})).await.expect(200).data();
    assert_eq!(again["reason"], "Spam");
    assert_eq!(bed.event_types().await, ["user.suspended", "session.ended"]);
}

#[tokio::test]
async fn a_reason_is_needed_and_bounded() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let token = token(&bed, "moderation", &["users:suspend"]).await;
    for (body, pointer) in [
        (json!({}), "/reason"),
        (json!({"reason": "  "}), "/reason"),
        (json!({"reason": 7}), "/reason"),
        (json!({"reason": "x".repeat(501)}), "/reason"),
        (json!({"reason": "a\u{0}b"}), "/reason"),
        (json!({"reason": "Spam", "until": "tomorrow"}), "/until"),
    ] {
        assert_eq!(suspend(&bed, &token, &ada, &body).await.refused_fields(), [pointer], "{body}");
    }
    bed.get("/v1/profile").by(&ada).send().await.expect(200);
}

fn moderation() -> Actor {
    Actor::new("moderation", Origin::default())
}

fn spam() -> SuspendRequest {
    SuspendRequest { reason: "Spam".into() }
}

async fn set(bench: &Bench, user: &UserId, status: Status) {
    let rule = |_: &Loaded| Ok::<_, StoreError>((Changes::none().status(status), ()));
    bench.app.platform.journal.change(user, &[], &Origin::default(), rule).await.unwrap();
}

#[tokio::test]
async fn what_was_not_verified_before_is_not_verified_by_being_reinstated() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    set(&bench, &user, Status::Pending).await;
    suspension::suspend(&bench.app.identity, &user, &spam(), &moderation()).await.unwrap();
    let standing = suspension::reinstate(&bench.app.identity, &user, &moderation()).await.unwrap();
    assert_eq!(standing.status, Status::Pending);
}

#[tokio::test]
async fn a_leaving_user_is_neither_suspended_nor_reinstated() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    set(&bench, &user, Status::Leaving).await;
    let refused =
        suspension::suspend(&bench.app.identity, &user, &spam(), &moderation()).await.unwrap_err();
    assert_eq!(refused.code.as_str(), "conflict");
    let standing = suspension::reinstate(&bench.app.identity, &user, &moderation()).await.unwrap();
    assert_eq!(standing.status, Status::Leaving);
}

/// A process that dies between the suspension of `user` and the end of their sessions; the process
/// of `bench` has not noticed.
async fn stopped_elsewhere(bench: &Bench, user: &UserId) {
    assert_eq!(bench.app.users.cache.get(user).await.unwrap().unwrap().status, Status::Active);
    let elsewhere = bench.on_another(Arc::clone(&bench.store) as _, 77);
    let rule = |_: &Loaded| Ok::<_, StoreError>((Changes::none().status(Status::Suspended), ()));
    elsewhere.platform.journal.change(user, &[], &Origin::default(), rule).await.unwrap();
    let known = bench.app.users.cache.get(user).await.unwrap().unwrap();
    assert_eq!(known.status, Status::Active, "this process has not heard of it");
}

async fn sessions(bench: &Bench, user: &UserId) -> usize {
    let query = Query::prefix(user_partition(user), "session/");
    bench.store.query(&query).await.unwrap().items.len()
}

#[tokio::test]
async fn no_session_comes_back_after_another_process_suspended_the_account_and_died() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    stopped_elsewhere(&bench, &user).await;
    let standing = suspension::reinstate(&bench.app.identity, &user, &moderation()).await.unwrap();
    assert_eq!((standing.status, sessions(&bench, &user).await), (Status::Active, 0));
}

#[tokio::test]
async fn a_suspension_cut_short_is_finished_by_a_process_that_has_not_noticed_it() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    suspension::end_remaining_sessions(&bench.app.identity, &user, &moderation()).await.unwrap();
    assert_eq!(sessions(&bench, &user).await, 1, "the account works");
    stopped_elsewhere(&bench, &user).await;
    suspension::end_remaining_sessions(&bench.app.identity, &user, &moderation()).await.unwrap();
    assert_eq!(sessions(&bench, &user).await, 0);
}

#[tokio::test]
async fn after_a_crash_at_any_step_the_account_is_suspended_once_and_no_session_comes_back() {
    let mut crashes = 0;
    for step in 0..24 {
        let bench = Bench::new();
        let user = bench.register("ada@example.org").await.user();
        for _ in 0..3 {
            bench.login("ada@example.org").await;
        }
        let store = FaultyStore::<MemoryStore>::new(Arc::clone(&bench.store), 1, Faults::default());
        let store = Arc::new(store);
        let app = bench.on_another(Arc::clone(&store) as _, 77);
        store.restart();
        store.crash_at(step);
        let first = suspension::suspend(&app.identity, &user, &spam(), &moderation()).await;
        crashes += u32::from(store.is_crashed());
        store.restart();
        if first.is_err() {
            // The service does not retry; an operator reinstates.
            suspension::reinstate(&app.identity, &user, &moderation()).await.unwrap();
            let head = bench.store.get(&Head::key(&user)).await.unwrap().unwrap();
            assert_eq!(decode::<Head>(&head.body).unwrap().status, Status::Active);
            suspension::suspend(&app.identity, &user, &spam(), &moderation()).await.unwrap();
        }
        let sessions =
            bench.store.query(&Query::prefix(user_partition(&user), "session/")).await.unwrap();
        assert_eq!(sessions.items, [], "step {step}");
        let emitted = bench.told(&user).await;
        assert_eq!(
            emitted.iter().filter(|kind| *kind == "session.ended").count(),
            4,
            "step {step}"
        );
    }
    assert!((3..24).contains(&crashes), "{crashes} crashes: the scenario was not cut everywhere");
}
