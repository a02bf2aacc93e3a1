//! Messages through the handler that consumers call.

mod faults;

use selfsame_events::{Disposition, IncomingMessage, MessageHandler as _};
use selfsame_testbed::{Testbed, User};
use serde_json::{Value, json};

// The testbed has its own copy of this crate.
use super::ServiceMessageHandler;

struct Scene {
    bed: Testbed,
    ada: User,
}

impl Scene {
    async fn new() -> Self {
        let bed = Testbed::new();
        let ada = bed.register("ada").await;
        bed.events().await;
        Self { bed, ada }
    }

    async fn handle(&self, message: Value) -> Disposition {
        self.handle_raw(None, message.to_string().as_bytes()).await
    }

    async fn handle_raw(&self, id: Option<&str>, body: &[u8]) -> Disposition {
        let message = IncomingMessage { id: id.map(str::to_owned), body: body.to_vec() };
        ServiceMessageHandler(crate::testing::integrations(&self.bed.app)).handle(&message).await
    }

    fn message(&self, id: &str, kind: &str, data: &Value) -> Value {
        json!({"messageId": id, "type": kind, "userId": self.ada.id, "data": data})
    }

    async fn types(&self) -> Vec<String> {
        self.bed.events().await.into_iter().map(|event| event.event_type).collect()
    }

    async fn profile(&self) -> Value {
        self.bed.get("/v1/profile").by(&self.ada).send().await.expect(200).data()
    }
}

fn reason(disposition: Disposition) -> String {
    match disposition {
        Disposition::Park(reason) => reason,
        Disposition::Ack | Disposition::Requeue(_) => panic!("{disposition:?}"),
    }
}

#[tokio::test]
async fn each_type_of_message_does_what_the_request_does() {
    let scene = Scene::new().await;
    let messages = [
        ("stats.increment", json!({"increments": {"postsCount": 2}})),
        ("badges.set", json!({"badges": ["early_bird"]})),
        (
            "review.recorded",
            json!({"reviewId": "r1", "providerId": "p1", "providerName": "Provider", "serviceId": "s1", "rating": 5}),
        ),
        ("activity.recorded", json!({"type": "order.placed", "summary": "An order"})),
    ];
    for (number, (kind, data)) in messages.iter().enumerate() {
        let message = scene.message(&format!("m{number}"), kind, data);
        assert_eq!(scene.handle(message).await, Disposition::Ack, "{kind}");
    }
    let profile = scene.profile().await;
    assert_eq!(profile["stats"]["postsCount"], 2);
    assert_eq!(profile["badges"], json!(["early_bird"]));
    let reviews =
        scene.bed.get("/v1/account/reviews").by(&scene.ada).send().await.expect(200).data();
    assert!(reviews.to_string().contains("\"r1\""), "{reviews}");
    let types = scene.types().await;
    assert!(
        types.contains(&"profile.badges_updated".to_owned())
            && types.contains(&"review.recorded".to_owned())
    );
}

#[tokio::test]
async fn an_account_is_suspended_and_reinstated_by_messages() {
    let scene = Scene::new().await;
    let suspend = scene.message("m1", "user.suspend", &json!({"reason": "Spam"}));
    assert_eq!(scene.handle(suspend.clone()).await, Disposition::Ack);
    scene.bed.get("/v1/profile").by(&scene.ada).send().await.problem(401, "unauthenticated");
    let reinstate = scene.message("m2", "user.reinstate", &json!({}));
    assert_eq!(scene.handle(reinstate).await, Disposition::Ack);
    // It is delivered again, late: the account stays active.
    assert_eq!(scene.handle(suspend).await, Disposition::Ack);
    let types = scene.types().await;
    assert_eq!(types.iter().filter(|name| *name == "user.suspended").count(), 1, "{types:?}");
    assert_eq!(types.iter().filter(|name| *name == "user.reinstated").count(), 1, "{types:?}");
}

#[tokio::test]
async fn a_repeated_message_changes_nothing() {
    let scene = Scene::new().await;
    let count = scene.message("m1", "stats.increment", &json!({"increments": {"postsCount": 1}}));
    let old = scene.message("m2", "badges.set", &json!({"badges": ["a"]}));
    let new = scene.message("m3", "badges.set", &json!({"badges": ["b"]}));
    for message in [&count, &count, &old, &new, &old, &count] {
        assert_eq!(scene.handle(message.clone()).await, Disposition::Ack);
    }
    let profile = scene.profile().await;
    assert_eq!((&profile["stats"]["postsCount"], &profile["badges"]), (&json!(1), &json!(["b"])));
}

#[tokio::test]
async fn the_id_may_stand_outside_the_body() {
    let scene = Scene::new().await;
    let body = json!({"type": "badges.set", "userId": scene.ada.id, "data": {"badges": ["a"]}})
        .to_string();
    assert!(reason(scene.handle_raw(None, body.as_bytes()).await).starts_with("messageId"));
    assert_eq!(scene.handle_raw(Some("m1"), body.as_bytes()).await, Disposition::Ack);
}

#[tokio::test]
async fn a_message_that_can_not_be_processed_has_a_reason() {
    let scene = Scene::new().await;
    let no_increments = json!({"increments": {}});
    let nested = (0..40).fold(json!(0), |inner, _| json!([inner]));
    let deep = json!({"type": "order.placed", "data": {"deep": nested}});
    let refused = [
        (scene.message("m1", "badges.give", &json!({})), "type: must be one of stats.increment"),
        (scene.message("m/1", "badges.set", &json!({})), "messageId"),
        (
            scene.message("m1", "badges.set", &json!({})),
            "invalid_request: data/badges: This is needed.",
        ),
        (
            scene.message("m1", "badges.set", &json!({"badges": ["A!"]})),
            "invalid_request: data/badges/0: ",
        ),
        (scene.message("m1", "stats.increment", &no_increments), "invalid_request"),
        (scene.message("m1", "activity.recorded", &deep), "invalid_request: data/data: "),
        (scene.message("m1", "review.recorded", &json!({"rating": 5})), "invalid_request"),
        (scene.message("m1", "user.reinstate", &json!({"reason": "x"})), "invalid_request"),
        (
            json!({"messageId": "m1", "type": "user.reinstate", "userId": "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB"}),
            "not_found",
        ),
        (json!({"messageId": "m1", "type": "user.reinstate", "userId": "a/b"}), "userId"),
        (
            json!({"messageId": "m1", "type": "user.reinstate", "userId": "u", "more": 1}),
            "the message",
        ),
        (json!([]), "the message"),
    ];
    for (message, why) in refused {
        let reason = reason(scene.handle(message.clone()).await);
        assert!(reason.starts_with(why), "{message}: {reason}");
    }
    assert!(reason(scene.handle_raw(Some("m1"), b"\xff{").await).starts_with("the message"));
    assert!(scene.types().await.is_empty(), "nothing was changed");
}

#[tokio::test]
async fn a_review_of_another_user_than_the_message_s_is_refused() {
    let scene = Scene::new().await;
    let data = json!({"reviewId": "r1", "userId": "usr_other", "providerId": "p", "providerName": "P", "serviceId": "s", "rating": 1});
    let why = reason(scene.handle(scene.message("m1", "review.recorded", &data)).await);
    assert!(why.contains("data/userId"), "{why}");
}
