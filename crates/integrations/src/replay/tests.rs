//! Dead letters and replays through HTTP.

use std::time::Duration;

use selfsame_events::{DeadLetter, Event};
use selfsame_primitives::Timestamp;
use selfsame_store::{Commit, CommitToken, Guard, Key, Store as _, Write, encode};
use selfsame_testbed::identity::service_tokens::ServiceTokens;
use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

const SINK: &str = "recorder";

/// A user with four events, and a service that may replay.
struct Scene {
    bed: Testbed,
    user: User,
    secret: String,
    emitted: Vec<Event>,
}

impl Scene {
    async fn new() -> Self {
        let bed = Testbed::new();
        let user = bed.register("ada").await;
        for bio in ["one", "two", "three", "four"] {
            bed.clock.advance(Duration::from_secs(1));
            bed.put("/v1/profile", &json!({"bio": bio})).by(&user).send().await.expect(200);
        }
        let emitted = bed.events().await;
        assert_eq!(emitted.len(), 4);
        let secret = service(&bed, &["events:replay"]).await;
        Self { bed, user, secret, emitted }
    }

    /// Makes `event` a dead letter of the sink, as a worker does after three days.
    async fn give_up(&self, event: &Event) {
        let dead_letter = DeadLetter {
            reactor: SINK.into(),
            reason: "no answer within 30s".into(),
            at: Timestamp::from_millis(1_800_200_000_000),
            event: event.clone(),
        };
        let key = Key::new(format!("dead/{SINK}"), &event.event_id);
        let token = CommitToken::generate(&*self.bed.app.platform.random);
        let writes = vec![Write::put(key, Guard::Absent, encode(&dead_letter))];
        self.bed.store.commit(Commit { token, writes }).await.unwrap();
    }

    async fn dead(&self, query: &str) -> Answer {
        self.bed.get(&format!("/internal/v1/events/dead{query}")).token(&self.secret).send().await
    }

    async fn dead_ids(&self) -> Vec<String> {
        let data = self.dead("").await.expect(200).data();
        let items = data["items"].as_array().unwrap();
        items.iter().map(|item| item["eventId"].as_str().unwrap().to_owned()).collect()
    }

    async fn replay(&self, body: Value) -> Answer {
        self.bed.post("/internal/v1/events/replay", &body).token(&self.secret).send().await
    }

    async fn sequences(&self) -> Vec<u64> {
        self.bed.events().await.iter().map(|event| event.sequence).collect()
    }
}

async fn service(bed: &Testbed, scopes: &[&str]) -> String {
    let app = &bed.app;
    let tokens = ServiceTokens {
        store: &*app.platform.store,
        keys: &app.platform.keys,
        random: &*app.platform.random,
    };
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    tokens.create("watcher", &scopes, app.platform.now()).await.unwrap().0
}

#[tokio::test]
async fn dead_letters_are_listed_in_pages_without_their_data() {
    let scene = Scene::new().await;
    for event in &scene.emitted[..3] {
        scene.give_up(event).await;
    }
    let first = scene.dead("?limit=2").await.expect(200).data();
    let event = &scene.emitted[0];
    assert_eq!(
        first["items"][0],
        json!({
            "sink": "recorder", "eventId": event.event_id, "eventType": "profile.updated",
            "subject": scene.user.id, "sequence": event.sequence, "occurredAt": event.occurred_at,
            "givenUpAt": "2027-01-17T15:33:20.000Z", "reason": "no answer within 30s",
        })
    );
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = scene.dead(&format!("?limit=2&cursor={cursor}")).await.expect(200).data();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["items"][0]["eventId"], json!(scene.emitted[2].event_id));
    assert_eq!(second["nextCursor"], Value::Null);
    scene.dead(&format!("?sink=recorder&cursor={cursor}")).await.problem(400, "invalid_request");
    assert_eq!(
        scene.dead("?sink=recorder").await.expect(200).data()["items"].as_array().unwrap().len(),
        3
    );
    assert_eq!(
        scene.dead("?sink=mail").await.problem(400, "invalid_request")["errors"][0]["pointer"],
        "?sink"
    );
}

#[tokio::test]
async fn all_dead_letters_are_delivered_again_and_deleted() {
    let scene = Scene::new().await;
    scene.give_up(&scene.emitted[1]).await;
    scene.give_up(&scene.emitted[2]).await;
    let answer = scene.replay(json!({"sink": SINK, "dead": true})).await.expect(200).data();
    assert_eq!(answer, json!({"events": 2, "users": 1}));
    assert_eq!(scene.dead_ids().await, [] as [String; 0]);
    assert_eq!(scene.bed.events().await, scene.emitted[1..3], "the same events with the same ids");
}

#[tokio::test]
async fn one_event_is_delivered_again_by_its_id() {
    let scene = Scene::new().await;
    scene.give_up(&scene.emitted[1]).await;
    scene.give_up(&scene.emitted[3]).await;
    scene.replay(json!({"sink": SINK, "events": [scene.emitted[3].event_id]})).await.expect(200);
    assert_eq!(scene.dead_ids().await, [scene.emitted[1].event_id.clone()]);
    assert_eq!(scene.bed.events().await, scene.emitted[3..]);
}

#[tokio::test]
async fn a_range_of_a_users_events_is_delivered_again_in_order() {
    let scene = Scene::new().await;
    let (from, until) = (scene.emitted[1].sequence, scene.emitted[2].sequence);
    scene.give_up(&scene.emitted[2]).await;
    let range = json!({"sink": SINK, "user": scene.user.id, "from": from, "until": until});
    assert_eq!(scene.replay(range).await.expect(200).data(), json!({"events": 2, "users": 1}));
    assert_eq!(scene.dead_ids().await, [] as [String; 0], "what lies in the range is dead no more");
    assert_eq!(scene.bed.events().await, scene.emitted[1..3]);
    scene.replay(json!({"sink": SINK, "user": scene.user.id})).await.expect(200);
    let last = scene.emitted[3].sequence;
    assert_eq!(
        scene.sequences().await,
        (1..=last).collect::<Vec<_>>(),
        "everything, without from and until"
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_the_field_is_named() {
    let scene = Scene::new().await;
    let user = &scene.user.id;
    let id = &scene.emitted[0].event_id;
    for (body, pointer) in [
        (json!({"sink": SINK}), "/dead"),
        (json!({"sink": SINK, "dead": true, "user": user}), "/dead"),
        (json!({"sink": SINK, "dead": true, "events": [id]}), "/dead"),
        (json!({"sink": "nobody", "dead": true}), "/sink"),
        (json!({"sink": SINK, "events": [id]}), "/events/0"),
        (json!({"sink": SINK, "events": ["../x"]}), "/events/0"),
        (json!({"sink": SINK, "events": vec![id; 101]}), "/events"),
        (json!({"sink": SINK, "user": "usr_nobody"}), "/user"),
        (json!({"sink": SINK, "user": "a b"}), "/user"),
        (json!({"sink": SINK, "user": user, "from": 0}), "/from"),
        (json!({"sink": SINK, "user": user, "from": 5, "until": 4}), "/until"),
        (json!({"sink": SINK, "user": user, "from": 1000}), "/from"),
        (json!({"sink": SINK, "from": 3}), "/from"),
        (json!({"sink": SINK, "until": 3}), "/until"),
        (json!({"sink": SINK, "dead": true, "all": true}), "/all"),
    ] {
        let problem = scene.replay(body.clone()).await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
    }
    assert_eq!(scene.bed.events().await, []);
}

#[tokio::test]
async fn only_services_with_the_scope_may_look_and_replay() {
    let scene = Scene::new().await;
    let other = service(&scene.bed, &["stats:write"]).await;
    scene.bed.get("/internal/v1/events/dead").token(&other).send().await.problem(403, "forbidden");
    let body = json!({"sink": SINK, "dead": true});
    let call = scene.bed.post("/internal/v1/events/replay", &body).token(&other);
    call.send().await.problem(403, "forbidden");
}

/// A webhook with a dead letter of type `profile.updated`, as a worker leaves it after three days.
async fn webhook_with_dead_letter(scene: &Scene, event: &Event) -> String {
    let manager = service(&scene.bed, &["webhooks:manage"]).await;
    let input = json!({"url": "https://hooks.example.org/", "eventTypes": ["profile.updated"]});
    let made =
        scene.bed.post("/internal/v1/webhooks", &input).token(&manager).send().await.expect(201);
    let subscription = format!("webhook.{}", made.data()["id"].as_str().unwrap());
    let dead_letter = DeadLetter {
        reactor: subscription.clone(),
        reason: "answered 503".into(),
        at: scene.bed.app.platform.now(),
        event: event.clone(),
    };
    let key = Key::new(format!("dead/{subscription}"), &event.event_id);
    let token = CommitToken::generate(&*scene.bed.app.platform.random);
    let writes = vec![Write::put(key, Guard::Absent, encode(&dead_letter))];
    scene.bed.store.commit(Commit { token, writes }).await.unwrap();
    subscription
}

#[tokio::test]
async fn what_a_webhook_gave_up_is_listed_and_posted_again() {
    let scene = Scene::new().await;
    let subscription = webhook_with_dead_letter(&scene, &scene.emitted[1]).await;
    assert_eq!(scene.dead_ids().await, [scene.emitted[1].event_id.clone()]);
    let listed = scene.dead(&format!("?sink={subscription}")).await.expect(200).data();
    assert_eq!(listed["items"][0]["sink"], json!(subscription));
    let answer = scene.replay(json!({"sink": subscription, "dead": true})).await.expect(200).data();
    assert_eq!(answer, json!({"events": 1, "users": 1}));
    assert_eq!(scene.dead_ids().await, [] as [String; 0]);
    assert_eq!(scene.bed.events().await, [], "nobody else is told again");
    let received: Vec<Value> = scene
        .bed
        .hooks
        .take()
        .iter()
        .map(|received| serde_json::from_slice(&received.body).unwrap())
        .collect();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["eventId"], json!(scene.emitted[1].event_id));
    let range = json!({"sink": subscription, "user": scene.user.id});
    scene.replay(range).await.expect(200);
    scene.bed.events().await;
    assert_eq!(scene.bed.hooks.take().len(), scene.emitted.len(), "those that it wants");
}

#[tokio::test]
async fn a_webhook_that_was_removed_is_told_apart_from_a_name_that_never_was() {
    let scene = Scene::new().await;
    let subscription = webhook_with_dead_letter(&scene, &scene.emitted[1]).await;
    let manager = service(&scene.bed, &["webhooks:manage"]).await;
    let path = format!("/internal/v1/webhooks/{}", subscription.trim_start_matches("webhook."));
    scene.bed.delete(&path).token(&manager).send().await.expect(204);
    let problem = scene
        .replay(json!({"sink": subscription, "dead": true}))
        .await
        .problem(400, "invalid_request");
    let fault = |problem: &Value| {
        (problem["errors"][0]["pointer"].clone(), problem["errors"][0]["code"].clone())
    };
    assert_eq!(fault(&problem), (json!("/sink"), json!("unknown")));
    let problem =
        scene.dead(&format!("?sink={subscription}")).await.problem(400, "invalid_request");
    assert_eq!(fault(&problem), (json!("?sink"), json!("unknown")));
    assert_eq!(scene.dead_ids().await, [] as [String; 0], "what it gave up went with it");
    scene.bed.events().await;
}
