use std::time::Duration;

use http::StatusCode;
use selfsame_basics::UserId;
use serde_json::{Value, json};

use crate::testing::{Answer, Bench, PASSWORD, settings};
use crate::{Registration, Settings};

const ADA: &str = "ada@example.org";

fn discreet() -> Bench {
    Bench::with(Settings { registration: Registration::Discreet, ..settings() })
}

async fn apply(bench: &Bench, email: &str, password: &str) -> Answer {
    bench.post("/auth/register", json!({"email": email, "password": password, "username": "ada"})).await
}

async fn verify(bench: &Bench, email: &str, otp: &str) -> Answer {
    bench.post("/auth/email/verify", json!({"email": email, "otp": otp})).await
}

async fn login(bench: &Bench, email: &str, password: &str) -> Answer {
    bench.post("/auth/login", json!({"identifier": email, "password": password})).await
}

#[tokio::test]
async fn a_registration_mails_a_code_that_makes_the_address_verified_and_tells_of_it() {
    let bench = Bench::new();
    let user = bench.register(ADA).await.user();
    let code = bench.code(ADA).await;
    let answer = verify(&bench, ADA, &code).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.text("/message"), "Email address verified.");
    let at = bench.app.now().to_string();
    assert_eq!(answer.json["data"], json!({"email": ADA, "emailVerified": true, "emailVerifiedAt": at}));
    assert_eq!(bench.told(&user).await, ["user.registered", "session.created", "user.email_verified"]);
    assert_eq!(bench.entries(&user).await[2].data, json!({"verifiedAt": at}));
    assert_eq!(bench.login(ADA).await.json["data"]["user"]["emailVerified"], json!(true));
    assert_eq!(verify(&bench, ADA, &code).await.code().0, "otp_invalid", "used up");
}

#[tokio::test]
async fn a_discreet_registration_works_once_the_code_is_given_back() {
    let bench = discreet();
    let answer = apply(&bench, ADA, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(answer.json["data"], json!({"email": ADA, "nextStep": "verify_email"}));
    let refused = login(&bench, ADA, PASSWORD).await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::UNAUTHORIZED, "invalid_credentials"));
    assert_eq!(
        bench.with_token("GET", "/v1/profile/by-username/ada", "").await.status,
        StatusCode::UNAUTHORIZED
    );
    let code = bench.code(ADA).await;
    assert_eq!(verify(&bench, ADA, &code).await.status, StatusCode::OK);
    let signed_in = login(&bench, ADA, PASSWORD).await;
    assert_eq!(signed_in.status, StatusCode::OK);
    let told = bench.told(&signed_in.user()).await;
    assert_eq!(told, ["user.registered", "user.email_verified", "session.created"]);
}

/// What a caller can tell two answers apart by.
fn seen(answer: &Answer) -> (StatusCode, Vec<String>, Value, Option<selfsame_web::Problem>) {
    let headers = answer.headers.keys().map(ToString::to_string).collect();
    let mut json = answer.json.clone();
    if let Some(data) = json.pointer_mut("/data") {
        data["email"] = Value::Null;
    }
    (answer.status, headers, json, answer.problem.clone())
}

#[tokio::test]
async fn nothing_that_is_answered_tells_whether_an_address_has_an_account() {
    let bench = discreet();
    apply(&bench, ADA, PASSWORD).await;
    let code = bench.code(ADA).await;
    verify(&bench, ADA, &code).await;
    let new = |email: &str, name: &str| json!({"email": email, "password": PASSWORD, "username": name});
    let known = bench.post("/auth/register", new(ADA, "first")).await;
    let unknown = bench.post("/auth/register", new("eve@example.org", "second")).await;
    assert_eq!((seen(&known), known.status), (seen(&unknown), StatusCode::ACCEPTED));
    // The names that were wanted are taken alike, and nobody is found by them.
    for name in ["first", "second"] {
        let taken = bench.post("/auth/register", new("zoe@example.org", name)).await;
        assert_eq!(taken.code(), ("username_taken", "/username"), "{name}");
        let answer = bench.send(
            crate::testing::request("GET", &format!("/v1/profile/by-username/{name}"))
                .body(axum::body::Body::empty())
                .unwrap(),
        );
        assert_eq!(answer.await.status, StatusCode::NOT_FOUND, "{name}");
    }
    for path in ["/auth/email/verify/resend", "/auth/email/verify"] {
        let body = |email: &str| match path {
            "/auth/email/verify" => json!({"email": email, "otp": "000000"}),
            _ => json!({"email": email}),
        };
        for round in 0..6 {
            let answers = [
                bench.post(path, body(ADA)).await,
                bench.post(path, body("eve@example.org")).await,
                bench.post(path, body("nobody@example.org")).await,
            ];
            let [known, waiting, unknown] = answers.each_ref().map(seen);
            assert_eq!((&known, &waiting), (&unknown, &unknown), "{path} {round}");
        }
    }
    let logins = [
        login(&bench, "eve@example.org", PASSWORD).await,
        login(&bench, "nobody@example.org", PASSWORD).await,
    ];
    assert_eq!(seen(&logins[0]), seen(&logins[1]));
}

#[tokio::test]
async fn the_owner_of_an_address_is_told_that_somebody_tried_it_and_keeps_everything() {
    let bench = discreet();
    apply(&bench, ADA, PASSWORD).await;
    let code = bench.code(ADA).await;
    verify(&bench, ADA, &code).await;
    bench.advance(std::time::Duration::from_secs(1));
    let again =
        bench.post("/auth/register", json!({"email": ADA, "password": "somebody else entirely"})).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    let mails = bench.mails(ADA).await;
    assert_eq!((mails.len(), mails[0].subject.as_str()), (2, "You have an account already"));
    assert_eq!(login(&bench, ADA, PASSWORD).await.status, StatusCode::OK);
    assert_eq!(login(&bench, ADA, "somebody else entirely").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_registers_first_with_somebody_elses_address_gets_nothing_from_it() {
    let bench = discreet();
    apply(&bench, ADA, "the thief has a plan too").await;
    let thiefs = bench.code(ADA).await;
    bench.advance(std::time::Duration::from_secs(1));
    let own =
        bench.post("/auth/register", json!({"email": ADA, "password": PASSWORD, "username": "ada.l"})).await;
    assert_eq!(own.status, StatusCode::ACCEPTED);
    assert_eq!(verify(&bench, ADA, &thiefs).await.code().0, "otp_invalid");
    let code = bench.code(ADA).await;
    assert_eq!(verify(&bench, ADA, &code).await.status, StatusCode::OK);
    assert_eq!(login(&bench, ADA, "the thief has a plan too").await.status, StatusCode::UNAUTHORIZED);
    let user = login(&bench, ADA, PASSWORD).await.user();
    assert_eq!(bench.told(&user).await[..2], ["user.registered", "user.email_verified"]);
    // The name that the first one wanted is free again.
    let free = bench
        .post("/auth/register", json!({"email": "zoe@example.org", "password": PASSWORD, "username": "ada"}));
    assert_eq!(free.await.status, StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_want_one_address_at_once_one_account_comes_out() {
    let bench = std::sync::Arc::new(discreet());
    let calls = (0..16).map(|number| {
        let bench = std::sync::Arc::clone(&bench);
        let body = json!({"email": ADA, "password": PASSWORD, "username": format!("ada{number}")});
        tokio::spawn(async move { bench.post("/auth/register", body).await.status })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), StatusCode::ACCEPTED);
    }
    let items = selfsame_items::Maintenance::scan(&*bench.store, "user/", None).await.unwrap().items;
    let users: std::collections::BTreeSet<_> = items.iter().map(|item| item.key.partition.clone()).collect();
    assert_eq!(users.len(), 1);
    let id = users.first().unwrap().trim_start_matches("user/").to_owned();
    // Each got a code, and only the last one is good.
    bench.advance(Duration::from_secs(1));
    resend(&bench).await;
    let (user, code) = (UserId::parse(&id).unwrap(), bench.code(ADA).await);
    assert!(bench.told(&user).await.is_empty());
    assert_eq!(verify(&bench, ADA, &code).await.status, StatusCode::OK);
    assert_eq!(bench.told(&user).await, ["user.registered", "user.email_verified"]);
}

const WEEK: Duration = Duration::from_hours(7 * 24);
const ALMOST_A_WEEK: Duration = Duration::from_mins(7 * 24 * 60 - 1);

/// Everything that the store holds of users and their names.
async fn held(bench: &Bench) -> Vec<String> {
    let items = selfsame_items::Maintenance::scan(&*bench.store, "", None).await.unwrap().items;
    let keys = items.into_iter().map(|item| item.key.to_string());
    keys.filter(|key| ["user/", "claim/", "nobody/"].iter().any(|start| key.starts_with(start))).collect()
}

async fn resend(bench: &Bench) {
    let answer = bench.post("/auth/email/verify/resend", json!({"email": ADA})).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

#[tokio::test]
async fn an_account_that_nobody_verifies_is_gone_after_a_week_with_its_names() {
    let bench = discreet();
    apply(&bench, ADA, PASSWORD).await;
    bench.code(ADA).await;
    bench.advance(ALMOST_A_WEEK);
    // What is written about it later does not outlive it.
    resend(&bench).await;
    bench.post("/auth/password/forgot", json!({"email": ADA})).await;
    verify(&bench, ADA, "000000").await;
    assert!(held(&bench).await.iter().any(|key| key.starts_with("claim/username/")));
    bench.advance(Duration::from_mins(1));
    assert_eq!(held(&bench).await, Vec::<String>::new());
    let other = bench
        .post("/auth/register", json!({"email": "zoe@example.org", "password": PASSWORD, "username": "ada"}));
    assert_eq!(other.await.status, StatusCode::ACCEPTED);
    assert_eq!(
        bench.post("/auth/register", json!({"email": ADA, "password": PASSWORD})).await.status,
        StatusCode::ACCEPTED
    );
    bench.advance(Duration::from_secs(1));
    resend(&bench).await;
    let code = bench.code(ADA).await;
    assert_eq!(verify(&bench, ADA, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_that_is_verified_in_the_last_minute_stays_for_good() {
    let bench = discreet();
    apply(&bench, ADA, PASSWORD).await;
    bench.advance(ALMOST_A_WEEK);
    resend(&bench).await;
    let code = bench.code(ADA).await;
    assert_eq!(verify(&bench, ADA, &code).await.status, StatusCode::OK);
    let user = login(&bench, ADA, PASSWORD).await.user();
    bench.advance(Duration::from_hours(20 * 365 * 24));
    let signed_in = login(&bench, ADA, PASSWORD).await;
    assert_eq!((signed_in.status, signed_in.user()), (StatusCode::OK, user.clone()));
    let by_name = bench.post("/auth/login", json!({"identifier": "ada", "password": PASSWORD})).await;
    assert_eq!(by_name.user(), user);
    let taken = bench
        .post("/auth/register", json!({"email": "zoe@example.org", "password": PASSWORD, "username": "ada"}));
    assert_eq!(taken.await.code(), ("username_taken", "/username"));
}

#[tokio::test]
async fn a_password_that_is_reset_with_a_mailed_code_makes_an_account_stay_too() {
    let bench = discreet();
    apply(&bench, ADA, PASSWORD).await;
    bench.post("/auth/password/forgot", json!({"email": ADA})).await;
    bench.advance(Duration::from_secs(1));
    bench.post("/auth/password/forgot", json!({"email": ADA})).await;
    let (otp, new) = (bench.code(ADA).await, "quite another long sentence");
    let reset =
        bench.post("/auth/password/reset", json!({"email": ADA, "otp": otp, "newPassword": new})).await;
    assert_eq!(reset.status, StatusCode::OK, "{reset:?}");
    bench.advance(Duration::from_hours(365 * 24));
    let user = login(&bench, ADA, new).await.user();
    let told = bench.told(&user).await;
    assert_eq!(told, ["session.created"], "the others are older than the log");
}

#[tokio::test]
async fn who_registers_again_has_another_week() {
    let bench = discreet();
    apply(&bench, ADA, PASSWORD).await;
    bench.advance(ALMOST_A_WEEK);
    apply(&bench, ADA, "another sentence that is long").await;
    bench.advance(ALMOST_A_WEEK);
    resend(&bench).await;
    let code = bench.code(ADA).await;
    assert_eq!(verify(&bench, ADA, &code).await.status, StatusCode::OK);
    bench.advance(2 * WEEK);
    assert_eq!(login(&bench, ADA, "another sentence that is long").await.status, StatusCode::OK);
}

#[tokio::test]
async fn mails_come_in_the_language_that_the_browser_asks_for() {
    let bench = Bench::new();
    let body = json!({"email": ADA, "password": PASSWORD}).to_string();
    let request = crate::testing::request("POST", "/auth/register")
        .header("accept-language", "pt-BR, fr-CA;q=0.8, en;q=0.5");
    let answer = bench.send(request.body(axum::body::Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(bench.mails(ADA).await[0].subject, "Votre code pour Selfsame");
    let profile = bench.with_token("GET", "/v1/profile/preferences", &answer.access()).await;
    assert_eq!(profile.text("/data/language"), "fr");
}
