use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

/// Changes an alias, always with the same key.
async fn regenerate(bed: &Testbed, token: &str) -> Answer {
    let context = json!({"context": "room_1", "contextType": "chat_room"});
    let call = bed.post("/v1/profile/alias/regenerate", &context).token(token);
    call.header("idempotency-key", "one-key").send().await
}

async fn done(bed: &Testbed) -> usize {
    bed.event_types().await.iter().filter(|event_type| event_type.starts_with("alias.")).count()
}

fn text(data: &Value, name: &str) -> String {
    data[name].as_str().unwrap().to_owned()
}

async fn sign_in(bed: &Testbed, user: &User) -> String {
    let body = json!({"identifier": user.data["user"]["username"], "password": "correct horse battery staple"});
    text(&bed.post("/auth/login", &body).send().await.expect(200).data(), "accessToken")
}

#[tokio::test]
async fn a_request_that_is_repeated_with_a_refreshed_token_is_done_once() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let first = regenerate(&bed, &ada.token).await.expect(200);
    let again = json!({"refreshToken": ada.data["refreshToken"]});
    let refreshed =
        text(&bed.post("/auth/refresh", &again).send().await.expect(200).data(), "accessToken");
    assert_ne!(refreshed, ada.token);
    let second = regenerate(&bed, &refreshed).await.expect(200);
    assert_eq!((first.data(), second.header("idempotent-replayed")), (second.data(), "true"));
    assert_eq!(done(&bed).await, 1);
}

#[tokio::test]
async fn other_sessions_and_other_users_do_not_share_answers() {
    let bed = Testbed::new();
    let (ada, eve) = (bed.register("ada").await, bed.register("eve").await);
    let other = sign_in(&bed, &ada).await;
    for token in [&ada.token, &other, &eve.token] {
        assert_eq!(regenerate(&bed, token).await.expect(200).header("idempotent-replayed"), "");
    }
    assert_eq!(done(&bed).await, 3);
}

#[tokio::test]
async fn an_answer_is_not_given_again_to_a_session_that_has_ended() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    regenerate(&bed, &ada.token).await.expect(200);
    bed.post("/auth/logout", &json!({})).by(&ada).send().await.expect(200);
    regenerate(&bed, &ada.token).await.problem(401, "unauthenticated");
    assert_eq!(done(&bed).await, 1);
}
