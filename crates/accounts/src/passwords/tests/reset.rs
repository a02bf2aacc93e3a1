//! `POST /auth/password/forgot` and `POST /auth/password/reset` through HTTP.

use http::StatusCode;
use serde_json::json;

use crate::testing::{Answer, Bench, PASSWORD, settings};
use crate::{Registration, Settings};

const ADA: &str = "ada@example.org";
const NEW: &str = "a bridge of very old and quiet stones";

async fn forgot(bench: &Bench, email: &str) -> Answer {
    // The newest mail is told from those before by its time.
    bench.advance(std::time::Duration::from_millis(1));
    bench.post("/auth/password/forgot", json!({"email": email})).await
}

async fn reset(bench: &Bench, email: &str, otp: &str, new: &str) -> Answer {
    bench.post("/auth/password/reset", json!({"email": email, "otp": otp, "newPassword": new})).await
}

async fn login(bench: &Bench, password: &str) -> StatusCode {
    bench.post("/auth/login", json!({"identifier": ADA, "password": password})).await.status
}

#[tokio::test]
async fn a_code_gives_a_new_password_and_ends_all_sessions_without_opening_one() {
    let bench = Bench::new();
    let registered = bench.register(ADA).await;
    let other = bench.login(ADA).await;
    let answer = forgot(&bench, ADA).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json["data"], json!({"email": ADA, "nextStep": "reset_password"}));
    let code = bench.code(ADA).await;
    let answer = reset(&bench, ADA, &code, NEW).await;
    assert_eq!((answer.status, &answer.json["data"]), (StatusCode::OK, &json!({})), "{answer:?}");
    for session in [&registered, &other] {
        assert_eq!(bench.try_token(&session.access()).await, StatusCode::UNAUTHORIZED);
    }
    let told = bench.told(&registered.user()).await;
    let expected = ["user.password_changed", "user.email_verified", "session.ended", "session.ended"];
    assert_eq!(told[3..], expected);
    assert_eq!(bench.entries(&registered.user()).await[5].data["reason"], "password_reset");
    assert_eq!(login(&bench, PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&bench, NEW).await, StatusCode::OK);
    assert_eq!(reset(&bench, ADA, &code, PASSWORD).await.code().0, "otp_invalid", "used up");
}

#[tokio::test]
async fn a_refused_password_leaves_the_code_good_and_only_its_reader_learns_why() {
    let bench = Bench::new();
    bench.register(ADA).await;
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(reset(&bench, ADA, wrong, PASSWORD).await.code().0, "otp_invalid");
    for refused in [PASSWORD, "short", "ada@example.org.ada"] {
        assert_eq!(reset(&bench, ADA, &code, refused).await.code(), ("invalid_request", "/newPassword"));
    }
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_that_is_answered_tells_whether_an_address_has_an_account() {
    let bench = Bench::new();
    bench.register(ADA).await;
    for round in 0..22 {
        let mut answers = Vec::new();
        for email in [ADA, "nobody@example.org"] {
            let mut answer = forgot(&bench, email).await;
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{round}");
            assert_eq!(answer.json["data"]["email"].take(), email);
            answers.push(answer.json);
        }
        assert_eq!(answers[0], answers[1]);
    }
    assert_eq!(bench.mails("nobody@example.org").await.len(), 0);
    // The registration took one of the twenty that an address may get within an hour.
    assert_eq!(bench.mails(ADA).await.len(), 20);
    for _ in 0..5 {
        let known = reset(&bench, ADA, "000000", NEW).await;
        let unknown = reset(&bench, "nobody@example.org", "000000", NEW).await;
        assert_eq!((known.status, known.code()), (unknown.status, unknown.code()));
    }
}

#[tokio::test]
async fn three_wrong_codes_close_it_for_a_quarter_of_an_hour_however_right_the_fourth() {
    let bench = Bench::new();
    bench.register(ADA).await;
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..3 {
        assert_eq!(reset(&bench, ADA, wrong, NEW).await.code().0, "otp_invalid");
    }
    assert_eq!(reset(&bench, ADA, &code, NEW).await.code().0, "rate_limited");
    assert_eq!(login(&bench, PASSWORD).await, StatusCode::OK);
}

#[tokio::test]
async fn whoever_never_verified_their_address_has_done_so_by_the_reset() {
    let bench = Bench::with(Settings { registration: Registration::Discreet, ..settings() });
    let body = json!({"email": ADA, "password": PASSWORD, "username": "ada"});
    bench.post("/auth/register", body).await;
    assert_eq!(login(&bench, PASSWORD).await, StatusCode::UNAUTHORIZED);
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
    let answer = bench.post("/auth/login", json!({"identifier": ADA, "password": NEW})).await;
    assert_eq!(
        (answer.status, &answer.json["data"]["user"]["emailVerified"]),
        (StatusCode::OK, &json!(true))
    );
}

#[tokio::test]
async fn a_reset_opens_what_a_hundred_wrong_codes_have_closed() {
    let bench = Bench::new();
    bench.register(ADA).await;
    let mut verify = "otp_invalid";
    while verify != "otp_closed" {
        let answer = bench.post("/auth/email/verify", json!({"email": ADA, "otp": "000000"})).await;
        verify = answer.problem.as_ref().map_or("", |problem| problem.code.as_str());
        assert_ne!(verify, "", "the code was guessed");
        bench.advance(std::time::Duration::from_mins(5));
    }
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
    let answer = bench.post("/auth/email/verify", json!({"email": ADA, "otp": "000000"})).await;
    assert_eq!(answer.code().0, "otp_invalid", "no more closed");
}

#[tokio::test]
async fn a_hundred_wrong_codes_close_the_reset_until_a_full_sign_in() {
    let bench = Bench::new();
    bench.register(ADA).await;
    let mut tries = 0;
    while reset(&bench, ADA, "000000", NEW).await.code().0 != "otp_closed" {
        tries += 1;
        bench.advance(std::time::Duration::from_mins(15));
    }
    assert_eq!(tries, 100);
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    assert_eq!(reset(&bench, ADA, &code, NEW).await.code().0, "otp_closed", "another code opens nothing");
    bench.advance(std::time::Duration::from_secs(1));
    assert_eq!(login(&bench, PASSWORD).await, StatusCode::OK);
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
}
