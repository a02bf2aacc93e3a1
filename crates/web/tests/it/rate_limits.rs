use std::time::Duration;

use crate::app::{App, request};

#[tokio::test]
async fn under_auth_every_address_has_a_few_tries() {
    let app = App::rate_limited();
    for left in ["2", "1", "0"] {
        let answer = app.post("/auth/try", &[("authorization", "Bearer x")], "").await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("ratelimit-policy"), "\"auth\";q=3;w=60");
        assert!(answer.header("ratelimit").starts_with(&format!("\"auth\";r={left};t=")));
    }
    let refused = app.post("/auth/try", &[], "").await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"));
    assert_eq!(refused.header("retry-after"), "20");
    assert_eq!(refused.header("ratelimit"), "\"auth\";r=0;t=60");
    assert!(refused.json()["detail"].as_str().unwrap().contains("20 seconds"));
    app.clock.advance(Duration::from_secs(20));
    assert_eq!(app.post("/auth/try", &[], "").await.status, 204);
}

#[tokio::test]
async fn a_path_with_a_limit_of_its_own_takes_nothing_from_the_others() {
    let app = App::rate_limited();
    for _ in 0..3 {
        assert_eq!(app.post("/auth/try", &[], "").await.status, 204);
    }
    let answer = app.post("/auth/again", &[], "").await;
    assert_eq!(answer.header("ratelimit-policy"), "\"again\";q=5;w=60");
    assert_eq!(app.post("/auth/against", &[], "").await.status, 429);
}

#[tokio::test]
async fn what_is_free_is_never_counted() {
    let app = App::rate_limited();
    for _ in 0..50 {
        let answer = app.get("/odd/client").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
    assert_eq!(app.get("/v1/notes").await.header("ratelimit"), "\"anonymous\";r=9;t=6");
}

fn with(token: &str) -> http::Request<axum::body::Body> {
    request("GET", "/v1/notes", &[("authorization", &format!("Bearer {token}"))], "")
}

#[tokio::test]
async fn a_token_that_is_not_good_lifts_no_limit() {
    let app = App::rate_limited();
    for number in 0..10 {
        let answer = app.send(with(&format!("bad_{number}"))).await;
        assert_eq!(answer.header("ratelimit-policy"), "\"anonymous\";q=10;w=60");
    }
    for number in 0..10 {
        assert_eq!(app.send(with(&format!("bad_{number}"))).await.status, 429);
        assert_eq!(
            app.send(request("GET", "/v1/notes", &[("authorization", "Basic YTpi")], ""))
                .await
                .status,
            429
        );
    }
    assert_eq!(app.get("/v1/notes").await.status, 429);
}

#[tokio::test]
async fn a_good_token_is_not_shut_out_by_others_at_its_address_and_has_a_limit_of_its_own() {
    let app = App::rate_limited();
    for _ in 0..10 {
        assert_eq!(app.get("/v1/notes").await.status, 200);
    }
    assert_eq!(app.get("/v1/notes").await.status, 429);
    for left in (0..20).rev() {
        let token = if left % 2 == 0 { "usr_1.a" } else { "usr_1.b" };
        let answer = app.send(with(token)).await;
        assert_eq!(answer.status, 200, "the sessions of an account have one limit");
        // It is sent once half of it is used.
        assert_eq!(answer.header("ratelimit-policy").is_empty(), left >= 10, "{left}");
    }
    let refused = app.send(with("usr_1.a")).await;
    assert_eq!(
        (refused.status, refused.header("ratelimit-policy")),
        (429, "\"account\";q=20;w=60")
    );
    assert_eq!(app.send(with("usr_2.a")).await.status, 200);
    for _ in 0..40 {
        assert_eq!(app.send(with("sst_1")).await.status, 200);
    }
    assert_eq!(app.send(with("sst_1")).await.status, 429);
}

#[tokio::test]
async fn without_a_rate_limit_layer_nothing_is_counted() {
    let app = App::new();
    for _ in 0..50 {
        let answer = app.get("/v1/notes").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
}
