use std::time::Duration;

use selfsame_testbed::{Answer, Testbed, User};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple";

async fn prove(bed: &Testbed, user: &User, body: Value) -> Answer {
    bed.post("/auth/reauthenticate", &body).by(user).send().await
}

/// Whether a sensitive act is open.
async fn is_open(bed: &Testbed, user: &User) -> bool {
    let answer = bed.post("/v1/account/2fa/setup", &json!({})).by(user).send().await;
    match answer.status {
        200 => true,
        403 => {
            answer.problem(403, "reauthentication_required");
            false
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn signing_in_is_a_proof_for_ten_minutes() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.clock.advance(Duration::from_secs(599));
    assert!(is_open(&bed, &ada).await);
    bed.clock.advance(Duration::from_secs(1));
    assert!(!is_open(&bed, &ada).await);
}

#[tokio::test]
async fn the_password_proves_it_anew_for_this_session_alone() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let login = json!({"identifier": "ada", "password": PASSWORD});
    let other = bed.post("/auth/login", &login).send().await.expect(200).data();
    let other = User { token: other["accessToken"].as_str().unwrap().to_owned(), ..ada.clone() };
    bed.events().await;
    bed.clock.advance(Duration::from_mins(10));
    let until = prove(&bed, &ada, json!({"password": PASSWORD})).await.expect(200).data();
    assert_eq!(until["validUntil"], json!(bed.app.platform.now().plus(Duration::from_mins(10))));
    assert!(is_open(&bed, &ada).await);
    assert!(!is_open(&bed, &other).await);
    bed.clock.advance(Duration::from_mins(4));
    assert!(is_open(&bed, &ada).await, "a token lives longer");
    assert_eq!(bed.event_types().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_proof_does_not_make_the_session_live_longer() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let refresh = json!({"refreshToken": ada.data["refreshToken"]});
    bed.clock.advance(Duration::from_mins(14));
    prove(&bed, &ada, json!({"password": PASSWORD})).await.expect(200);
    bed.clock.advance(Duration::from_hours(30 * 24).saturating_sub(Duration::from_mins(14)));
    bed.post("/auth/refresh", &refresh).send().await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn what_is_wrong_proves_nothing_and_guessing_gets_slower() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    bed.clock.advance(Duration::from_mins(10));
    for (body, pointer) in [
        (json!({}), "/password"),
        (json!({"password": PASSWORD, "code": "123456"}), "/password"),
        (json!({"password": "a wrong one", "pin": "1"}), "/pin"),
    ] {
        assert_eq!(prove(&bed, &ada, body).await.refused_fields(), [pointer]);
    }
    prove(&bed, &ada, json!({"code": "123456"})).await.problem(409, "conflict");
    for _ in 0..5 {
        assert_eq!(
            prove(&bed, &ada, json!({"password": "a wrong one"})).await.refused_fields(),
            ["/password"]
        );
    }
    prove(&bed, &ada, json!({"password": PASSWORD})).await.problem(429, "rate_limited");
    assert!(!is_open(&bed, &ada).await);
    bed.clock.advance(Duration::from_secs(1));
    prove(&bed, &ada, json!({"password": PASSWORD})).await.expect(200);
    assert!(is_open(&bed, &ada).await);
}

#[tokio::test]
async fn a_recovery_code_proves_it_and_is_spent_by_that() {
    let bed = Testbed::new();
    let ada = bed.register("ada").await;
    let codes = crate::two_factor::enabled_for_tests(&bed, &ada).await;
    bed.clock.advance(Duration::from_mins(10));
    assert_eq!(prove(&bed, &ada, json!({"code": "00000-00000"})).await.refused_fields(), ["/code"]);
    prove(&bed, &ada, json!({"code": codes[0]})).await.expect(200);
    assert_eq!(prove(&bed, &ada, json!({"code": codes[0]})).await.refused_fields(), ["/code"]);
    assert_eq!(bed.event_types().await, ["user.recovery_code_used"]);
    bed.post("/auth/reauthenticate/options", &json!({}))
        .by(&ada)
        .send()
        .await
        .problem(409, "conflict");
}
