use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, request, with_identity};

const ADA: &str = "ada@example.org";
const NEW: &str = "newemail@example.com";

async fn by(bench: &Bench, token: &str, path: &str, body: Value) -> BenchAnswer {
    let request = request("POST", path).header("authorization", format!("Bearer {token}"));
    bench.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
}

async fn initiate(bench: &Bench, token: &str, email: &str) -> BenchAnswer {
    // The newest mail is found by its time.
    bench.advance(Duration::from_millis(1));
    by(bench, token, "/auth/profile/email/initiate", json!({"newEmail": email})).await
}

async fn complete(bench: &Bench, token: &str, email: &str, otp: &str) -> BenchAnswer {
    by(bench, token, "/auth/profile/email/complete", json!({"newEmail": email, "otp": otp})).await
}

async fn login(bench: &Bench, email: &str) -> StatusCode {
    bench.login(email).await.status
}

#[tokio::test]
async fn the_code_that_was_mailed_to_the_new_address_makes_it_the_accounts() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    let answer = initiate(&bench, &ada.access(), NEW).await;
    let expected = json!({
        "success": true,
        "message": "OTP sent to new email address. Please verify to complete email update.",
        "data": {"newEmail": NEW, "nextStep": "verify_email_update_otp"}
    });
    assert_eq!((answer.status, answer.json), (StatusCode::OK, expected));
    let code = bench.code(NEW).await;
    let (answer, now) =
        (complete(&bench, &ada.access(), NEW, &code).await, bench.app.platform.now());
    let updated = json!({"email": NEW, "emailVerified": true, "emailVerifiedAt": now});
    let expected =
        json!({"success": true, "message": "Email updated successfully", "data": updated});
    assert_eq!((answer.status, answer.json), (StatusCode::OK, expected));
    let entries = bench.entries(&ada.user()).await;
    let entry = entries.last().unwrap();
    assert_eq!(entry.event_type, "user.email_updated");
    assert_eq!(
        entry.data,
        json!({"userId": ada.user(), "oldEmail": ADA, "newEmail": NEW, "emailVerified": true, "updatedAt": now})
    );
    assert_eq!(
        (login(&bench, NEW).await, login(&bench, ADA).await),
        (StatusCode::OK, StatusCode::UNAUTHORIZED)
    );
    let mails = bench.mails(ADA).await;
    assert!(
        mails[0].text.contains(NEW) && mails[0].text.contains("/undo?token="),
        "{:?}",
        mails[0]
    );
}

#[tokio::test]
async fn a_taken_address_is_reported_only_after_reauthentication() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    bench.register("eve@example.org").await;
    let taken = initiate(&bench, &ada.access(), "Eve@Example.org").await;
    assert_eq!(
        (taken.code().0, taken.faults()),
        ("email_taken", vec![("/newEmail", "email_taken")])
    );
    assert_eq!(initiate(&bench, &ada.access(), ADA).await.code(), ("invalid_request", "/newEmail"));
    bench.advance(Duration::from_mins(10));
    for email in ["eve@example.org", NEW] {
        assert_eq!(
            initiate(&bench, &ada.access(), email).await.code().0,
            "reauthentication_required"
        );
    }
    assert!(bench.mails(NEW).await.is_empty());
}

#[tokio::test]
async fn a_code_is_valid_only_for_its_address_and_account() {
    let bench = Bench::new();
    let (ada, eve) = (bench.register(ADA).await, bench.register("eve@example.org").await);
    initiate(&bench, &ada.access(), NEW).await;
    let code = bench.code(NEW).await;
    assert_eq!(
        complete(&bench, &ada.access(), "other@example.com", &code).await.code().0,
        "otp_invalid"
    );
    assert_eq!(complete(&bench, &eve.access(), NEW, &code).await.code().0, "otp_invalid");
    assert_eq!(complete(&bench, &ada.access(), NEW, &code).await.status, StatusCode::OK);
    assert_eq!(
        complete(&bench, &ada.access(), NEW, &code).await.code().0,
        "otp_invalid",
        "used up"
    );
}

#[tokio::test]
async fn of_two_changes_to_one_address_the_first_succeeds() {
    let bench = Bench::new();
    let (ada, eve) = (bench.register(ADA).await, bench.register("eve@example.org").await);
    initiate(&bench, &ada.access(), NEW).await;
    let first = bench.code(NEW).await;
    bench.advance(Duration::from_secs(1));
    initiate(&bench, &eve.access(), NEW).await;
    let second = bench.code(NEW).await;
    assert_eq!(complete(&bench, &eve.access(), NEW, &second).await.status, StatusCode::OK);
    assert_eq!(complete(&bench, &ada.access(), NEW, &first).await.code().0, "email_taken");
    assert_eq!(login(&bench, ADA).await, StatusCode::OK);
}

#[tokio::test]
async fn the_old_address_is_reserved_for_a_week() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    initiate(&bench, &ada.access(), NEW).await;
    let code = bench.code(NEW).await;
    complete(&bench, &ada.access(), NEW, &code).await;
    let body = json!({"email": ADA, "password": PASSWORD});
    assert_eq!(bench.post("/auth/register", body.clone()).await.code().0, "email_taken");
    bench.advance(Duration::from_hours(7 * 24));
    assert_eq!(bench.post("/auth/register", body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn another_spelling_of_the_same_address_stays_the_owners_for_good() {
    let bench = Bench::new();
    let ada = bench.register("Ada@example.org").await;
    initiate(&bench, &ada.access(), ADA).await;
    let code = bench.code(ADA).await;
    assert_eq!(complete(&bench, &ada.access(), ADA, &code).await.status, StatusCode::OK);
    bench.advance(Duration::from_hours(8 * 24));
    assert_eq!(login(&bench, ADA).await, StatusCode::OK);
    let body = json!({"email": ADA, "password": PASSWORD});
    assert_eq!(bench.post("/auth/register", body).await.code().0, "email_taken");
}

/// Requests another address by one of two routes.
async fn ask(bench: &Bench, token: &str, way: usize, email: &str) -> BenchAnswer {
    if way == 0 {
        return initiate(bench, token, email).await;
    }
    let request = request("PUT", "/v1/account").header("authorization", format!("Bearer {token}"));
    bench
        .send(request.body(axum::body::Body::from(json!({"email": email}).to_string())).unwrap())
        .await
}

fn production() -> Bench {
    let otp_limits = selfsame_testbed::identity::settings::SendLimits::PRODUCTION;
    Bench::with(with_identity(selfsame_testbed::bench::settings(), |identity| {
        identity.otp_limits = otp_limits;
    }))
}

#[tokio::test]
async fn an_account_is_no_mail_relay_whichever_way_it_asks() {
    let bench = production();
    let ada = bench.register(ADA).await;
    let mut sent = 0;
    for number in 0..400 {
        let answer =
            ask(&bench, &ada.access(), number % 2, &format!("stranger{number}@example.com")).await;
        match answer.status {
            StatusCode::OK => sent += 1,
            status => assert_eq!(
                (status, answer.code().0),
                (StatusCode::TOO_MANY_REQUESTS, "rate_limited")
            ),
        }
    }
    assert_eq!(sent, 10);
    bench.advance(Duration::from_hours(1));
    let ada = bench.login(ADA).await;
    for number in 0..40 {
        sent += usize::from(
            ask(&bench, &ada.access(), number % 2, &format!("other{number}@example.com"))
                .await
                .status
                == StatusCode::OK,
        );
    }
    assert_eq!(sent, 20);
    bench.advance(Duration::from_hours(2));
    let ada = bench.login(ADA).await;
    assert_eq!(
        ask(&bench, &ada.access(), 1, NEW).await.code().0,
        "rate_limited",
        "enough for a day"
    );
    bench.advance(Duration::from_hours(22));
    let ada = bench.login(ADA).await;
    assert_eq!(ask(&bench, &ada.access(), 1, NEW).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_taken_address_is_reported_five_times_a_day_and_then_not_at_all() {
    let bench = production();
    let ada = bench.register(ADA).await;
    bench.register("eve@example.org").await;
    for round in 0..5 {
        let answer = ask(&bench, &ada.access(), round % 2, "eve@example.org").await;
        assert_eq!(answer.code().0, "email_taken", "{round}");
    }
    for (way, email) in [(0, "eve@example.org"), (1, "eve@example.org"), (0, NEW), (1, NEW)] {
        assert_eq!(
            ask(&bench, &ada.access(), way, email).await.code().0,
            "rate_limited",
            "{email}"
        );
    }
    assert!(bench.mails(NEW).await.is_empty());
}

#[tokio::test]
async fn no_code_is_sent_while_none_would_be_taken() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    initiate(&bench, &ada.access(), NEW).await;
    let wrong = if bench.code(NEW).await == "000000" { "000001" } else { "000000" };
    for _ in 0..3 {
        complete(&bench, &ada.access(), NEW, wrong).await;
    }
    assert_eq!(initiate(&bench, &ada.access(), NEW).await.code().0, "rate_limited");
    assert_eq!(bench.mails(NEW).await.len(), 1);
}
