use http::StatusCode;
use serde_json::json;

use crate::testing::{Bench, PASSWORD};

#[tokio::test]
async fn registering_signs_in_and_tells_of_it() {
    let bench = Bench::new();
    let body =
        json!({"email": "Ada@example.org", "password": PASSWORD, "username": "ada", "displayName": "Ada L."});
    let answer = bench.post("/auth/register", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let user = &answer.json["data"]["user"];
    assert_eq!(user["email"], "Ada@example.org");
    assert_eq!((&user["emailVerified"], &user["username"]), (&json!(false), &json!("ada")));
    assert_eq!(user["displayName"], "Ada L.");
    assert_eq!(bench.told(&answer.user()).await, ["user.registered", "session.created"]);
    assert_eq!(bench.try_token(&answer.access()).await, StatusCode::OK);
}
