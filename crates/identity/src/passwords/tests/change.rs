//! `POST /v1/account/password` through HTTP.

use std::sync::Arc;
use std::time::Duration;

use selfsame_testbed::{Answer, Testbed, User};
use selfsame_web::{Fault, PasswordPattern};
use serde_json::json;

const PASSWORD: &str = "correct horse battery staple";
const NEW: &str = "a bridge of very old and quiet stones";

async fn change(bed: &Testbed, user: &User, current: &str, new: &str) -> Answer {
    let body = json!({"currentPassword": current, "newPassword": new});
    bed.post("/v1/account/password", &body).by(user).send().await
}

async fn login(bed: &Testbed, password: &str) -> Answer {
    bed.post("/auth/login", &json!({"identifier": "ada", "password": password})).send().await
}

async fn elsewhere(bed: &Testbed, ada: &User) -> User {
    let data = login(bed, PASSWORD).await.expect(200).data();
    User { token: data["accessToken"].as_str().unwrap().to_owned(), ..ada.clone() }
}

#[tokio::test]
async fn a_new_password_signs_in_and_ends_the_other_sessions() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let (one, two) = (elsewhere(&bed, &ada).await, elsewhere(&bed, &ada).await);
    bed.events().await;
    change(&bed, &ada, PASSWORD, NEW).await.expect(200);
    let events = bed.events().await;
    let reported: Vec<_> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(reported, ["user.password_changed", "session.ended", "session.ended"]);
    assert_eq!(events[0].data, json!({"userId": ada.id, "updatedAt": bed.app.platform.now()}));
    assert_eq!(events[1].data["reason"], "password_changed");
    for other in [&one, &two] {
        bed.get("/v1/account/sessions").by(other).send().await.problem(401, "unauthenticated");
    }
    bed.get("/v1/account/sessions").by(&ada).send().await.expect(200);
    login(&bed, PASSWORD).await.problem(401, "invalid_credentials");
    login(&bed, NEW).await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn fifty_sessions_end_as_two_do() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for _ in 0..49 {
        login(&bed, PASSWORD).await.expect(200);
    }
    bed.events().await;
    change(&bed, &ada, PASSWORD, NEW).await.expect(200);
    let reported = bed.event_types().await;
    assert_eq!(reported.iter().filter(|kind| *kind == "session.ended").count(), 49);
    let left = bed.get("/v1/account/sessions").by(&ada).send().await.expect(200).data();
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_present_password_is_asked_for_and_guessing_it_gets_slower() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for _ in 0..5 {
        assert_eq!(
            change(&bed, &ada, "a wrong one", NEW).await.refused_fields(),
            ["/currentPassword"]
        );
    }
    change(&bed, &ada, PASSWORD, NEW).await.problem(429, "rate_limited");
    bed.clock.advance(Duration::from_secs(1));
    change(&bed, &ada, PASSWORD, NEW).await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn a_weak_password_is_refused_with_its_reason() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    for (weak, reason) in [
        ("short", Fault::PasswordTooShort { min: 15 }),
        ("ada@example.org.ada", Fault::PasswordOwnData),
        ("Manchesterunited", Fault::PasswordCommon),
        ("qwertyuiopasdfghjkl", Fault::PasswordGuessable { pattern: PasswordPattern::Common }),
        (PASSWORD, Fault::PasswordReused { last: 5 }),
    ] {
        let problem = change(&bed, &ada, PASSWORD, weak).await.problem(400, "invalid_request");
        let reported = &problem["errors"][0];
        assert_eq!(
            (&reported["pointer"], &reported["code"]),
            (&json!("/newPassword"), &json!(reason.code())),
            "{weak}"
        );
        assert_eq!(
            (&reported["params"], &reported["message"]),
            (&json!(reason.params()), &json!(reason.to_string()))
        );
    }
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn none_of_the_last_five_comes_back_and_the_sixth_may() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let number = |n: usize| format!("a bridge of very old and quiet stones {n}");
    let mut current = PASSWORD.to_owned();
    for n in 1..=4 {
        change(&bed, &ada, &current, &number(n)).await.expect(200);
        current = number(n);
    }
    for old in [PASSWORD.to_owned(), number(1), number(3), number(4)] {
        assert_eq!(
            change(&bed, &ada, &current, &old).await.refused_fields(),
            ["/newPassword"],
            "{old}"
        );
    }
    change(&bed, &ada, &current, &number(5)).await.expect(200);
    change(&bed, &ada, &number(5), PASSWORD).await.expect(200);
    bed.events().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_changes_at_once_one_holds() {
    let bed = Arc::new(Testbed::new());
    let ada = bed.register("ada").await;
    let calls = (0..4).map(|number| {
        let (bed, ada) = (Arc::clone(&bed), ada.clone());
        tokio::spawn(async move {
            let new = format!("{NEW} {number}");
            (change(&bed, &ada, PASSWORD, &new).await.status, new)
        })
    });
    let mut accepted = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        let (status, new) = call.await.unwrap();
        if status == 200 {
            accepted.push(new);
        }
    }
    assert_eq!(accepted.len(), 1, "{accepted:?}");
    login(&bed, &accepted[0]).await.expect(200);
    bed.events().await;
}

#[tokio::test]
async fn a_second_factor_lets_a_password_be_shorter() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    assert_eq!(change(&bed, &ada, PASSWORD, "kq7#mvWz").await.refused_fields(), ["/newPassword"]);
    crate::two_factor::enabled_for_tests(&bed, &ada).await;
    assert_eq!(change(&bed, &ada, PASSWORD, "kq7#mvW").await.refused_fields(), ["/newPassword"]);
    assert_eq!(change(&bed, &ada, PASSWORD, "password1").await.refused_fields(), ["/newPassword"]);
    change(&bed, &ada, PASSWORD, "kq7#mvWz").await.expect(200);
    bed.events().await;
}
