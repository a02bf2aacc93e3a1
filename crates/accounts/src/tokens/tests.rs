use http::StatusCode;
use http::header::CACHE_CONTROL;

use crate::testing::Bench;

#[tokio::test]
async fn everybody_can_fetch_the_public_keys() {
    let bench = Bench::new();
    let answer = bench.with_token("GET", "/.well-known/jwks.json", "none needed").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[CACHE_CONTROL], "public, max-age=300");
    let key = &answer.json["keys"][0];
    assert_eq!(
        (key["kty"].as_str(), key["crv"].as_str(), key["alg"].as_str()),
        (Some("EC"), Some("P-256"), Some("ES256"))
    );
    assert_eq!(key.get("d"), None);
}
