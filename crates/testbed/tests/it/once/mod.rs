//! `Idempotency-Key` under crashes: at every step of every kind of POST, the request takes effect
//! once.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod scene;

use std::time::Duration;

use scene::{ALL, World};
use selfsame_store::Maintenance as _;
use selfsame_testbed::{Answer, Testbed};
use selfsame_web::Access;

/// The lease of a request that is in flight.
const LEASE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn after_a_crash_at_any_step_a_request_is_done_once_or_its_answer_is_lost() {
    for (name, make) in ALL {
        let world = World::new();
        let (expected, status) = of_one(&world, *make).await;
        assert!((200..300).contains(&status) && expected > 0, "{name}: {status}, {expected}");
        let (mut crashes, mut lost) = (0, 0);
        for step in 0..64 {
            let request = make(&world).await;
            let before = world.effects().await;
            if !world.cut(&request, step).await {
                break;
            }
            crashes += 1;
            if let Some(code) = refused(&request.send(&world.bed).await) {
                assert_eq!(
                    code, "idempotency_in_flight",
                    "{name}, step {step}: the first may still answer"
                );
            }
            world.bed.clock.advance(LEASE);
            let second = request.send(&world.bed).await;
            match refused(&second) {
                Some(code) => {
                    assert_eq!(code, "answer_lost", "{name}, step {step}");
                    lost += 1;
                }
                None => assert_eq!(second.status, status, "{name}, step {step}"),
            }
            assert_eq!(world.effects().await - before, expected, "{name}, step {step}");
        }
        world.bed.events().await;
        assert!(
            (3..64).contains(&crashes),
            "{name}: {crashes} crashes, so it was not cut everywhere"
        );
        assert!(lost > 0, "{name}: the note never went with what was done");
    }
}

/// The effects of one request without a fault, and the status of its response.
async fn of_one(world: &World, make: scene::Make) -> (usize, u16) {
    let request = make(world).await;
    let before = world.effects().await;
    let status = request.send(&world.bed).await.status;
    (world.effects().await - before, status)
}

/// The code of a conflict.
fn refused(answer: &Answer) -> Option<String> {
    (answer.status == 409).then(|| answer.json()["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn nothing_is_stored_for_callers_without_a_good_token_nor_for_refused_ones() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let commits = async || bed.store.stats().await.unwrap().commits;
    let routes = scene::posts().filter(|route| route.access != Access::Public);
    for route in routes {
        let path = route.path.replace(['{', '}'], "");
        for authorization in ["", "Bearer not.a.token", "Bearer sst_of_nobody", "Basic YTpi"] {
            let before = commits().await;
            let mut call =
                bed.post(&path, &serde_json::json!({})).header("idempotency-key", "a-key");
            if !authorization.is_empty() {
                call = call.header("authorization", authorization);
            }
            call.send().await;
            assert_eq!(commits().await, before, "{path} {authorization}");
        }
    }
    let mine = serde_json::json!({"reason": "none"});
    bed.post("/internal/v1/users/usr_1/suspend", &mine)
        .by(&ada)
        .header("idempotency-key", "k")
        .send()
        .await;
    let left = bed.store.scan("idempotency/", None).await.unwrap();
    assert_eq!(left.items, [], "nothing is left of any of them");
}
