use std::time::Duration;

use crate::app::{App, request};

#[tokio::test]
async fn under_auth_every_address_has_a_few_tries() {
    let app = App::gated();
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
    let app = App::gated();
    for _ in 0..3 {
        assert_eq!(app.post("/auth/try", &[], "").await.status, 204);
    }
    let answer = app.post("/auth/again", &[], "").await;
    assert_eq!(answer.header("ratelimit-policy"), "\"again\";q=5;w=60");
    assert_eq!(app.post("/auth/against", &[], "").await.status, 429);
}

#[tokio::test]
async fn what_is_free_is_never_counted() {
    let app = App::gated();
    for _ in 0..50 {
        let answer = app.get("/odd/client").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
    assert_eq!(app.get("/v1/notes").await.header("ratelimit"), "\"strangers\";r=9;t=6");
}

#[tokio::test]
async fn strangers_are_counted_and_callers_with_a_token_are_not() {
    let app = App::gated();
    for _ in 0..10 {
        assert_eq!(app.get("/v1/notes").await.status, 200);
    }
    assert_eq!(app.get("/v1/notes").await.status, 429);
    let known = app.send(request("GET", "/v1/notes", &[("authorization", "Bearer x")], "")).await;
    assert_eq!((known.status, known.header("ratelimit")), (200, ""));
}

#[tokio::test]
async fn without_a_gate_nothing_is_counted() {
    let app = App::new();
    for _ in 0..50 {
        let answer = app.get("/v1/notes").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
}
