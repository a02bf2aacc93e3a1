//! Messages while the store is unavailable, and under crashes.

use crate::testing::integrations;
use std::sync::Arc;

use selfsame_events::{Disposition, IncomingMessage, MessageHandler as _};
use selfsame_primitives::UserId;
use selfsame_store::{Faults, FaultyStore, MemoryStore, Store as _, decode};
use serde_json::{Value, json};

use super::super::ServiceMessageHandler;
use crate::{service_api::badges, service_api::badges::BadgesRequest};
use selfsame_identity::actor::Actor;
use selfsame_identity::actor::ProcessedMessage;
use selfsame_identity::suspension;
use selfsame_testbed::bench::Bench;
use selfsame_users::records::Profile;

/// A user, and a node whose store has injected faults.
struct Scene {
    bench: Bench,
    store: Arc<FaultyStore<MemoryStore>>,
    ada: UserId,
}

impl Scene {
    async fn new(seed: u64, faults: Faults) -> Self {
        let bench = Bench::new();
        let ada = bench.register("ada@example.org").await.user();
        let store =
            Arc::new(FaultyStore::<MemoryStore>::new(Arc::clone(&bench.store), seed, faults));
        Self { bench, store, ada }
    }

    /// The handler of a process that has just started.
    fn node(&self, seed: u64) -> ServiceMessageHandler {
        ServiceMessageHandler(integrations(
            &self.bench.on_another(Arc::clone(&self.store) as _, seed),
        ))
    }

    fn message(&self, kind: &str, data: &Value) -> IncomingMessage {
        let body = json!({"messageId": "m1", "type": kind, "userId": self.ada, "data": data});
        IncomingMessage { id: None, body: body.to_string().into_bytes() }
    }

    async fn is_processed(&self) -> bool {
        ProcessedMessage::of_message(&self.ada, "m1").is_there(&*self.bench.store).await.unwrap()
    }

    async fn badges(&self) -> Vec<String> {
        let item = self.bench.store.get(&Profile::key(&self.ada)).await.unwrap().unwrap();
        decode::<Profile>(&item.body).unwrap().badges
    }
}

/// Every type of message with valid data.
fn messages() -> [(&'static str, Value); 6] {
    [
        ("stats.increment", json!({"increments": {"postsCount": 2}})),
        ("badges.set", json!({"badges": ["a"]})),
        (
            "review.recorded",
            json!({"reviewId": "r1", "providerId": "p", "providerName": "P", "serviceId": "s", "rating": 5}),
        ),
        ("activity.recorded", json!({"type": "order.placed", "summary": "An order"})),
        ("user.suspend", json!({"reason": "Spam"})),
        ("user.reinstate", json!({})),
    ]
}

/// Suspends the account first, where `kind` reinstates it.
async fn prepare(scene: &Scene, kind: &str) {
    if kind == "user.reinstate" {
        let request = suspension::SuspendRequest { reason: "Spam".into() };
        let by = Actor::new("moderation", selfsame_events::Origin::default());
        suspension::suspend(&scene.bench.app.identity, &scene.ada, &request, &by).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_stays_in_the_queue_while_the_store_is_down_and_is_processed_once_when_it_is_back()
 {
    for (kind, data) in messages() {
        let scene = Scene::new(1, Faults::default()).await;
        prepare(&scene, kind).await;
        let told = scene.bench.told(&scene.ada).await;
        let (node, message) = (scene.node(2), scene.message(kind, &data));
        scene.store.crash_at(0);
        for _ in 0..3 {
            let disposition = node.handle(&message).await;
            assert!(matches!(disposition, Disposition::Requeue(_)), "{kind}: {disposition:?}");
        }
        assert_eq!(scene.bench.told(&scene.ada).await, told, "{kind}");
        scene.store.restart();
        assert_eq!(node.handle(&message).await, Disposition::Ack, "{kind}");
        let done = scene.bench.told(&scene.ada).await;
        assert_eq!(node.handle(&message).await, Disposition::Ack, "{kind}");
        assert_eq!(scene.bench.told(&scene.ada).await, done, "{kind}");
        assert!(scene.is_processed().await, "{kind}");
    }
}

#[tokio::test]
async fn a_store_that_fails_now_and_then_parks_no_message_and_does_none_twice() {
    let faults = Faults { unavailable: 200, unknown: 200, conflict: 100, ..Faults::default() };
    for seed in 0..40 {
        for (kind, data) in messages() {
            let scene = Scene::new(seed, faults).await;
            prepare(&scene, kind).await;
            let before = scene.bench.told(&scene.ada).await.len();
            let (node, message) = (scene.node(seed), scene.message(kind, &data));
            let mut tries = 0;
            while let disposition @ (Disposition::Requeue(_) | Disposition::Park(_)) =
                node.handle(&message).await
            {
                assert!(
                    matches!(disposition, Disposition::Requeue(_)),
                    "{kind} {seed}: {disposition:?}"
                );
                tries += 1;
                assert!(tries < 1000, "{kind} {seed}: it is done at last");
            }
            assert!(scene.is_processed().await, "{kind} {seed}");
            assert_eq!(
                scene.bench.told(&scene.ada).await.len() - before,
                events_of(kind),
                "{kind} {seed}"
            );
        }
    }
}

/// The number of events of one message of this type. The one session of the account ends with a
/// suspension.
fn events_of(kind: &str) -> usize {
    match kind {
        "stats.increment" => 0,
        "user.suspend" => 2,
        _ => 1,
    }
}

#[tokio::test]
async fn a_crash_at_any_step_neither_loses_a_message_nor_does_it_twice() {
    for (kind, data) in messages() {
        let mut step = 0;
        loop {
            let scene = Scene::new(1, Faults::default()).await;
            prepare(&scene, kind).await;
            let before = scene.bench.told(&scene.ada).await.len();
            let message = scene.message(kind, &data);
            scene.store.crash_at(step);
            let disposition = scene.node(2).handle(&message).await;
            let crashed = scene.store.is_crashed();
            assert!(
                matches!(disposition, Disposition::Requeue(_)) == crashed,
                "{kind} {step}: {disposition:?}"
            );
            scene.store.restart();
            // It is delivered again, and again to another node.
            assert_eq!(scene.node(3).handle(&message).await, Disposition::Ack, "{kind} {step}");
            assert_eq!(scene.node(4).handle(&message).await, Disposition::Ack, "{kind} {step}");
            assert_eq!(
                scene.bench.told(&scene.ada).await.len() - before,
                events_of(kind),
                "{kind} {step}"
            );
            if !crashed {
                assert!(step >= 4, "{kind}: {step} steps");
                break;
            }
            step += 1;
        }
    }
}

#[tokio::test]
async fn a_message_processed_before_a_crash_does_not_undo_what_came_after_it() {
    let mut outcomes = [0; 2];
    for step in 0..20 {
        let scene = Scene::new(1, Faults::default()).await;
        let message = scene.message("badges.set", &json!({"badges": ["a"]}));
        scene.store.crash_at(step);
        scene.node(2).handle(&message).await;
        scene.store.restart();
        let was_done = scene.is_processed().await;
        assert_eq!(
            was_done,
            scene.badges().await == ["a"],
            "the note and the act are one, at step {step}"
        );
        outcomes[usize::from(was_done)] += 1;
        let by = Actor::new("community", selfsame_events::Origin::default());
        let request = BadgesRequest { badges: vec!["b".into()] };
        badges::apply(
            &integrations(&scene.bench.on_another(Arc::clone(&scene.store) as _, 5)),
            &scene.ada,
            &request,
            &by,
        )
        .await
        .unwrap();
        assert_eq!(scene.node(3).handle(&message).await, Disposition::Ack);
        assert_eq!(scene.badges().await, [if was_done { "b" } else { "a" }], "at step {step}");
    }
    assert!(outcomes.iter().all(|times| *times > 0), "it crashed before and after: {outcomes:?}");
}

#[tokio::test]
async fn one_message_at_two_nodes_at_once_is_done_by_one() {
    let faults = Faults { interleave: 700, ..Faults::default() };
    for seed in 0..60 {
        for (kind, data) in messages() {
            let scene = Scene::new(seed, faults).await;
            prepare(&scene, kind).await;
            let before = scene.bench.told(&scene.ada).await.len();
            let message = scene.message(kind, &data);
            let (one, other) = (scene.node(2), scene.node(3));
            let dispositions = tokio::join!(one.handle(&message), other.handle(&message));
            assert_eq!(dispositions, (Disposition::Ack, Disposition::Ack), "{kind} {seed}");
            assert_eq!(
                scene.bench.told(&scene.ada).await.len() - before,
                events_of(kind),
                "{kind} {seed}"
            );
        }
    }
}
