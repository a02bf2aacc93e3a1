use http::StatusCode;
use serde_json::json;

use crate::testing::{Bench, PASSWORD};

#[tokio::test]
async fn one_signs_in_by_email_address_or_username_whatever_the_case() {
    let bench = Bench::new();
    let body = json!({"email": "Ada@example.org", "password": PASSWORD, "username": "Ada.L"});
    let user = bench.post("/auth/register", body).await.user();
    for body in [
        json!({"identifier": "ada@EXAMPLE.org", "password": PASSWORD}),
        json!({"email": " Ada@example.org ", "password": PASSWORD}),
        json!({"identifier": "ada.l", "password": PASSWORD}),
        json!({"username": "ADA.L", "password": PASSWORD}),
    ] {
        let answer = bench.post("/auth/login", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.user(), user);
        assert_eq!(bench.try_token(&answer.access()).await, StatusCode::OK);
    }
    let told = bench.told(&user).await;
    assert_eq!(told[0], "user.registered");
    assert_eq!(told[1..], ["session.created"; 5]);
}
