mod issuers;
mod rotation;
mod signing;

use std::time::Duration;

use axum::body::Body;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use ring::{hmac, rand::SystemRandom};
use selfsame_primitives::{Secret, Timestamp, base64url, from_base64url};
use serde_json::{Value, json};

use super::key::read_jwks;
use selfsame_testbed::app::Settings;
use selfsame_testbed::bench::{Bench, request, settings, with_identity, with_urls};
use selfsame_testbed::tokens::{Ids, Issuer, IssuerKeys, TokenSettings};

const OTHER: &str = "https://login.example.com";
const SECRET: &str = "a secret of thirty-two bytes or so";
const URL: &str = "https://login.example.com/.well-known/jwks.json";

fn forge(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    format!("{signed}.{}", base64url(sign(signed.as_bytes())))
}

fn hs256(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> + use<> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    move |signed| hmac::sign(&key, signed).as_ref().to_vec()
}

fn hs256_token(claims: &Value) -> String {
    forge(&json!({"alg": "HS256", "typ": "JWT"}), claims, hs256(SECRET.as_bytes()))
}

/// The parts of `token`: header, claims, signature.
fn read(token: &str) -> (Value, Value, Vec<u8>) {
    let parts: Vec<_> = token.split('.').map(|part| from_base64url(part).unwrap()).collect();
    let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
    (json(&parts[0]), json(&parts[1]), parts[2].clone())
}

/// The claims of a valid token of another issuer, at the start time of every test.
fn claims() -> Value {
    json!({"iss": OTHER, "aud": ["mail", "profiles"], "sub": "auth0|5f7c", "exp": 1_769_851_800 + 3600, "iat": 1_769_851_800})
}

/// [`claims`] with `name` changed; taken away where the value is null.
fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let map = claims.as_object_mut().unwrap();
    if value.is_null() {
        map.remove(name)
    } else {
        map.insert(name.into(), value)
    };
    claims
}

fn trusting(keys: IssuerKeys) -> Settings {
    let audience = Some("profiles".to_owned());
    trusting_all(vec![Issuer { audience, ..other(keys, Ids::Shared) }])
}

/// An issuer that may name anybody as its audience.
fn other(keys: IssuerKeys, ids: Ids) -> Issuer {
    let (issuer, audience) = (OTHER.into(), None);
    Issuer { issuer, audience, keys, ids, create_users: true, may_be_unnamed: false }
}

fn trusting_all(issuers: Vec<Issuer>) -> Settings {
    with_identity(settings(), |identity| {
        identity.tokens = TokenSettings { issuers, ..TokenSettings::default() }
    })
}

fn shared() -> IssuerKeys {
    IssuerKeys::Shared(Secret::new(SECRET))
}

async fn jwks(bench: &Bench) -> Value {
    bench.with_token("GET", "/.well-known/jwks.json", "none needed").await.json
}

/// An issuer with an ES256 key named `kid`, and its public key.
fn es256(kid: &str) -> (impl Fn(&Value) -> String + use<>, Value) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random)
        .unwrap();
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let jwk =
        json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": base64url(x), "y": base64url(y)});
    let header = json!({"alg": "ES256", "kid": kid});
    let sign =
        move |signed: &[u8]| pair.sign(&SystemRandom::new(), signed).unwrap().as_ref().to_vec();
    (move |claims: &Value| forge(&header, claims, &sign), jwk)
}

fn publish(bench: &Bench, keys: &[&Value]) {
    bench.jwks.sets.lock().unwrap().insert(URL.into(), json!({ "keys": keys }).to_string());
}

fn withdraw(bench: &Bench) {
    bench.jwks.sets.lock().unwrap().clear();
}

fn fetches(bench: &Bench) -> usize {
    bench.jwks.fetches.load(std::sync::atomic::Ordering::SeqCst)
}

#[tokio::test]
async fn everybody_can_verify_an_access_token_with_the_public_keys() {
    let bench = Bench::new();
    let answer = bench.register("ada@example.org").await;
    let token = answer.access();
    let published = bench.with_token("GET", "/.well-known/jwks.json", "none needed").await;
    assert_eq!(published.headers[CACHE_CONTROL], "public, max-age=300");
    let key = &published.json["keys"][0];
    assert_eq!(key.get("d"), None, "the private part stays private");
    let (header, claims, signature) = read(&token);
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": key["kid"]}));
    let keys = read_jwks(published.json.to_string().as_bytes()).unwrap();
    let signed = token.rsplit_once('.').unwrap().0;
    assert!(keys[0].verifies(signed.as_bytes(), &signature));
    let own = "http://127.0.0.1:8080";
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["sub"]),
        (&json!(own), &json!(own), &json!(answer.user()))
    );
    assert_eq!(
        (&claims["iat"], &claims["exp"]),
        (&json!(1_769_851_800), &json!(1_769_851_800 + 900))
    );
    assert!(claims["sid"].is_string() && claims["jti"].is_string());
}

#[tokio::test]
async fn an_access_token_expires_after_a_quarter_of_an_hour() {
    let bench = Bench::new();
    let token = bench.register("ada@example.org").await.access();
    bench.advance(Duration::from_secs(899));
    assert_eq!(bench.try_token(&token).await, StatusCode::OK);
    bench.advance(Duration::from_secs(1));
    assert_eq!(
        bench.try_token(&token).await,
        StatusCode::UNAUTHORIZED,
        "also when it was verified before"
    );
    let other_node = Bench::on(bench.store.clone(), bench.clock.clone(), settings(), 2);
    assert_eq!(other_node.try_token(&token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let bench = Bench::new();
    let ada = bench.register("ada@example.org").await;
    let eve = bench.register("eve@example.org").await;
    let parts: Vec<_> = eve.access().split('.').map(str::to_owned).collect();
    let (header, mut claims, signature) = read(&eve.access());
    claims["sub"] = json!(ada.user());
    let posing = format!("{}.{}.{}", parts[0], base64url(claims.to_string()), parts[2]);
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    let mut flipped = signature.clone();
    flipped[10] ^= 1;
    let flipped = format!("{}.{}.{}", parts[0], parts[1], base64url(flipped));
    let padded = format!("{}=", eve.access());
    let longer = format!("{}.{}", eve.access(), parts[2]);
    let other_header = forge(&header, &claims, |_| signature.clone());
    for bad in [
        posing,
        unsigned,
        flipped,
        padded,
        longer,
        other_header,
        String::new(),
        "..".into(),
        "a.b.c".into(),
    ] {
        assert_eq!(bench.try_token(&bad).await, StatusCode::UNAUTHORIZED, "{bad}");
    }
    assert_eq!(bench.try_token(&eve.access()).await, StatusCode::OK);
}

#[tokio::test]
async fn no_header_talks_the_verifier_into_another_algorithm() {
    let bench = Bench::with(trusting(shared()));
    let token = bench.register("ada@example.org").await.access();
    let (header, claims, _) = read(&token);
    let published = jwks(&bench).await;
    let coordinate =
        |name: &str| from_base64url(published["keys"][0][name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")];
    let with_public_key = hs256(&point.concat());
    let own_signed = token.rsplit_once('.').unwrap().0;
    for bad in [
        forge(&json!({"alg": "none", "typ": "JWT"}), &claims, |_| Vec::new()),
        forge(&json!({"alg": "None", "kid": header["kid"]}), &claims, |_| Vec::new()),
        format!("{own_signed}."),
        forge(
            &json!({"alg": "HS256", "typ": "JWT", "kid": header["kid"]}),
            &claims,
            &with_public_key,
        ),
        format!("{own_signed}.{}", base64url(with_public_key(own_signed.as_bytes()))),
        forge(&json!({"alg": "HS256"}), &claims, hs256(SECRET.as_bytes())),
        forge(&json!({"alg": "HS256"}), &claims, hs256(b"")),
    ] {
        assert_eq!(bench.try_token(&bad).await, StatusCode::UNAUTHORIZED, "{bad}");
    }
}

#[tokio::test]
async fn a_token_for_another_address_of_the_service_is_refused() {
    let bench = Bench::new();
    let elsewhere =
        with_urls(settings(), |urls| urls.public = "https://staging.example.org".into());
    let staging = Bench::on(bench.store.clone(), bench.clock.clone(), elsewhere, 2);
    let token = staging.register("ada@example.org").await.access();
    assert_eq!(staging.try_token(&token).await, StatusCode::OK);
    assert_eq!(jwks(&bench).await, jwks(&staging).await, "the key is the same");
    assert_eq!(bench.try_token(&token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn anything_but_one_bearer_token_is_refused() {
    let bench = Bench::new();
    let token = bench.register("ada@example.org").await.access();
    let given = [
        vec![],
        vec!["Basic YWRhOmE=".to_owned()],
        vec![token.clone()],
        vec![String::new()],
        vec![format!("Bearer {token}"), format!("Bearer {token}")],
        vec![format!("Bearer {}", "x".repeat(10_000))],
    ];
    for headers in given {
        let mut request = request("GET", "/v1/account/sessions");
        for header in headers {
            request = request.header("authorization", header);
        }
        let answer = bench.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.code().0, "unauthenticated");
    }
    let lower =
        request("GET", "/v1/account/sessions").header("authorization", format!("bearer {token}"));
    assert_eq!(bench.send(lower.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_claim_of_a_foreign_token_is_checked() {
    let now = 1_769_851_800;
    let bench = Bench::with(trusting(shared()));
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://login.example.com/")),
        ("iss", Value::Null),
        ("aud", json!("mail")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("exp", json!(now - 60)),
        ("exp", json!("tomorrow")),
        ("exp", json!(1e300)),
        ("exp", Value::Null),
        ("nbf", json!(now + 61)),
        ("sub", json!("")),
        ("sub", json!("a/b")),
        ("sub", Value::Null),
        ("typ", json!("Refresh")),
        ("typ", json!("Logout")),
        ("token_use", json!("refresh")),
        ("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
    ] {
        let token = hs256_token(&claims_with(name, value.clone()));
        assert_eq!(bench.try_token(&token).await, StatusCode::UNAUTHORIZED, "{name}: {value}");
    }
    for (name, value) in [
        ("aud", json!("profiles")),
        ("exp", json!(now - 59)),
        ("exp", json!(f64::from(now) + 0.5)),
        ("nbf", json!(now + 60)),
        ("typ", json!("Bearer")),
        ("typ", json!("ID")),
        ("token_use", json!("id")),
    ] {
        let token = hs256_token(&claims_with(name, value.clone()));
        assert_eq!(bench.try_token(&token).await, StatusCode::OK, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_access_tokens_of_cognito_name_their_audience_as_client() {
    let bench = Bench::with(trusting(shared()));
    let mut claims = claims_with("aud", Value::Null);
    claims["client_id"] = json!("profiles");
    assert_eq!(bench.try_token(&hs256_token(&claims)).await, StatusCode::OK);
}

#[tokio::test]
async fn a_foreign_token_with_another_secret_algorithm_or_extension_is_refused() {
    let bench = Bench::with(trusting(shared()));
    let (sign, _) = es256("a");
    for bad in [
        forge(&json!({"alg": "HS256"}), &claims(), hs256(b"another secret of thirty-two bytes")),
        forge(&json!({"alg": "HS512"}), &claims(), hs256(SECRET.as_bytes())),
        forge(&json!({"alg": "none"}), &claims(), |_| Vec::new()),
        forge(
            &json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
            &claims(),
            hs256(SECRET.as_bytes()),
        ),
        sign(&claims()),
    ] {
        assert_eq!(bench.try_token(&bad).await, StatusCode::UNAUTHORIZED, "{bad}");
    }
}

#[tokio::test]
async fn rs256_tokens_are_verified_with_a_key_set() {
    let token = include_str!("../fixtures/rs256.jwt");
    let set = include_str!("../fixtures/rs256.jwks.json");
    let bench = Bench::with(trusting(IssuerKeys::Static(set.into())));
    assert_eq!(bench.try_token(token).await, StatusCode::OK);
    let (header, claims, mut signature) = read(token);
    signature[0] ^= 1;
    let modulus = from_base64url(
        serde_json::from_str::<Value>(set).unwrap()["keys"][0]["n"].as_str().unwrap(),
    );
    for bad in [
        forge(&header, &claims, |_| signature.clone()),
        forge(&json!({"alg": "HS256", "kid": "rsa-1"}), &claims, hs256(&modulus.unwrap())),
        forge(&json!({"alg": "HS256", "kid": "shared"}), &claims, hs256(b"secret")),
    ] {
        assert_eq!(bench.try_token(&bad).await, StatusCode::UNAUTHORIZED, "{bad}");
    }
}

#[tokio::test]
async fn es256_and_eddsa_tokens_are_verified_with_a_fetched_key_set() {
    let bench = Bench::with(trusting(IssuerKeys::Url(URL.into())));
    let (sign, key) = es256("a");
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let okp =
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "x": base64url(pair.public_key())});
    publish(&bench, &[&key, &okp]);
    assert_eq!(bench.try_token(&sign(&claims())).await, StatusCode::OK);
    let eddsa =
        forge(&json!({"alg": "EdDSA"}), &claims(), |signed| pair.sign(signed).as_ref().to_vec());
    assert_eq!(bench.try_token(&eddsa).await, StatusCode::OK);
    let posing =
        forge(&json!({"alg": "ES256"}), &claims(), |signed| pair.sign(signed).as_ref().to_vec());
    assert_eq!(bench.try_token(&posing).await, StatusCode::UNAUTHORIZED);
    assert_eq!(fetches(&bench), 1);
}

#[tokio::test]
async fn keys_for_encryption_or_another_algorithm_verify_nothing() {
    let bench = Bench::with(trusting(IssuerKeys::Url(URL.into())));
    let (sign, key) = es256("a");
    for (name, value) in [("use", "enc"), ("alg", "ES384"), ("x", "AA"), ("crv", "P-384")] {
        let mut bad = key.clone();
        bad[name] = json!(value);
        publish(&bench, &[&bad]);
        bench.advance(Duration::from_secs(30));
        assert_eq!(bench.try_token(&sign(&claims())).await, StatusCode::UNAUTHORIZED, "{name}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_but_not_at_every_request() {
    let bench = Bench::with(trusting(IssuerKeys::Url(URL.into())));
    let ((old, old_key), (new, new_key)) = (es256("old"), es256("new"));
    publish(&bench, &[&old_key]);
    assert_eq!(bench.try_token(&old(&claims())).await, StatusCode::OK);
    publish(&bench, &[&old_key, &new_key]);
    for _ in 0..5 {
        assert_eq!(bench.try_token(&new(&claims())).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(fetches(&bench), 1, "the issuer was asked a moment ago");
    bench.advance(Duration::from_secs(30));
    assert_eq!(bench.try_token(&new(&claims())).await, StatusCode::OK);
    assert_eq!(fetches(&bench), 2);
}

#[tokio::test]
async fn keys_outlive_the_absence_of_their_issuer_but_not_their_withdrawal() {
    let bench = Bench::with(trusting(IssuerKeys::Url(URL.into())));
    let ((old, old_key), (_, new_key)) = (es256("old"), es256("new"));
    let token = old(&claims());
    let unreachable = bench.with_token("GET", "/v1/account/sessions", &token).await;
    assert_eq!(
        (unreachable.status, unreachable.code().0),
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    );
    publish(&bench, &[&old_key]);
    bench.advance(Duration::from_secs(30));
    assert_eq!(bench.try_token(&token).await, StatusCode::OK);
    withdraw(&bench);
    bench.advance(Duration::from_mins(20));
    assert_eq!(bench.try_token(&token).await, StatusCode::OK, "its issuer is down");
    publish(&bench, &[&new_key]);
    bench.advance(Duration::from_mins(10));
    assert_eq!(bench.try_token(&token).await, StatusCode::UNAUTHORIZED, "its key was withdrawn");
}

#[test]
fn times_of_any_size_are_read_without_harm() {
    let now = Timestamp::from_millis(1_769_851_800_000);
    let good = |exp: &str| {
        let claims: super::jwt::Claims =
            serde_json::from_str(&format!("{{\"exp\":{exp}}}")).unwrap();
        claims.good_until(now, 60.0)
    };
    assert_eq!(good("1769851900"), Some(Timestamp::from_millis(1_769_851_960_000)));
    for bad in
        ["-1e308", "1e308", "-9223372036854775808", "18446744073709551615", "0", "99999999999999"]
    {
        assert_eq!(good(bad), None, "{bad}");
    }
}

#[tokio::test]
async fn only_access_tokens_are_accepted_by_their_type() {
    let bench = Bench::with(trusting(shared()));
    let typed = |typ: &str| {
        forge(&json!({"alg": "HS256", "typ": typ}), &claims(), hs256(SECRET.as_bytes()))
    };
    for good in ["JWT", "jwt", "at+jwt", "application/at+jwt", "application/JWT"] {
        assert_eq!(bench.try_token(&typed(good)).await, StatusCode::OK, "{good}");
    }
    for bad in ["logout+jwt", "secevent+jwt", "dpop+jwt", "at", ""] {
        assert_eq!(bench.try_token(&typed(bad)).await, StatusCode::UNAUTHORIZED, "{bad}");
    }
}

/// The reason of a refusal.
async fn denial(bench: &Bench, token: &str) -> &'static str {
    let answer = bench.with_token("GET", "/v1/account/sessions", token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
    answer.problem.unwrap().denial.unwrap_or_default()
}

#[tokio::test]
async fn a_refusal_gives_the_reason_and_nothing_about_users() {
    let bench = Bench::with(trusting(shared()));
    let late = bench.register("ada@example.org").await.access();
    bench.with_token("POST", "/auth/logout", &late).await;
    for (token, part) in [
        (late.clone(), "session has ended"),
        (hs256_token(&claims_with("exp", json!(1))), "expired"),
        (hs256_token(&claims_with("aud", json!("mail"))), "audience"),
        (hs256_token(&claims_with("iss", json!("https://evil.example"))), "issuer"),
        (hs256_token(&claims_with("sub", json!("a/b"))), "1 to 128 characters"),
        (
            forge(
                &json!({"alg": "HS256"}),
                &claims(),
                hs256(b"another secret of thirty-two bytes"),
            ),
            "signature",
        ),
        ("a.b.c".into(), "malformed"),
    ] {
        let description = denial(&bench, &token).await;
        assert!(
            description.contains(part) && !description.contains('"'),
            "{description} instead of {part}"
        );
    }
    bench.advance(Duration::from_mins(15));
    assert!(denial(&bench, &late).await.contains("expired"));
    let bare =
        bench.send(request("GET", "/v1/account/sessions").body(Body::empty()).unwrap()).await;
    assert_eq!(bare.problem.unwrap().denial, None, "a missing token has no denial");
}

#[tokio::test]
async fn a_step_up_is_lifted_for_the_routes_that_the_operator_names_and_no_others() {
    let exempt = vec!["POST /auth/profile/email/initiate".to_owned()];
    let bench = Bench::with(with_identity(settings(), |identity| identity.step_up_exempt = exempt));
    bench.register("ada@example.org").await;
    let first = bench.login("ada@example.org").await;
    bench.advance(Duration::from_mins(11));
    let call = async |path: &str, body: Value| {
        let request =
            request("POST", path).header("authorization", format!("Bearer {}", first.access()));
        bench.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let begun = call("/auth/profile/email/initiate", json!({"newEmail": "ada@example.com"})).await;
    assert_eq!(begun.status, StatusCode::OK);
    assert_eq!(
        call("/v1/account/2fa/setup", json!({})).await.code().0,
        "reauthentication_required"
    );
}
