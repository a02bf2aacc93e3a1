//! `POST /auth/password/forgot` and `POST /auth/password/reset` through HTTP.

use http::StatusCode;
use ring::hmac;
use selfsame_events::{Changes, Loaded, Origin};
use selfsame_mail::Template;
use selfsame_primitives::{EmailAddress, Secret, base64url};
use selfsame_store::{Guard, Store as _, StoreError, Write, decode, encode};
use serde_json::json;

use crate::otp::{IssueCode, Mailed, OtpSubject, Purpose, Refusal};
use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, settings, with_identity};
use selfsame_testbed::identity::settings::RegistrationMode;
use selfsame_tokens::{Ids, Issuer, IssuerKeys, TokenSettings};
use selfsame_users::records::Account;
use selfsame_users::records::SecondFactor;

const ADA: &str = "ada@example.org";
const NEW: &str = "a bridge of very old and quiet stones";

async fn forgot(bench: &Bench, email: &str) -> BenchAnswer {
    // The newest mail is found by its time.
    bench.advance(std::time::Duration::from_millis(1));
    bench.post("/auth/password/forgot", json!({"email": email})).await
}

async fn reset(bench: &Bench, email: &str, otp: &str, new: &str) -> BenchAnswer {
    bench
        .post("/auth/password/reset", json!({"email": email, "otp": otp, "newPassword": new}))
        .await
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
    let reset_id = answer.text("/data/resetId");
    let expected = json!({"email": ADA, "nextStep": "reset_password", "resetId": reset_id});
    assert_eq!(answer.json["data"], expected);
    assert_eq!(selfsame_primitives::from_base64url(&reset_id).unwrap().len(), 16, "128 bits");
    let code = bench.code(ADA).await;
    let answer = reset(&bench, ADA, &code, NEW).await;
    assert_eq!((answer.status, &answer.json["data"]), (StatusCode::OK, &json!({})), "{answer:?}");
    for session in [&registered, &other] {
        assert_eq!(bench.try_token(&session.access()).await, StatusCode::UNAUTHORIZED);
    }
    let event_types = bench.told(&registered.user()).await;
    let expected =
        ["user.password_changed", "user.email_verified", "session.ended", "session.ended"];
    assert_eq!(event_types[3..], expected);
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
        assert_eq!(
            reset(&bench, ADA, &code, refused).await.code(),
            ("invalid_request", "/newPassword")
        );
    }
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_length_is_reported_beside_other_faults() {
    let bench = Bench::new();
    for (new, code) in [("short", "password_too_short"), (&*"x".repeat(129), "too_long")] {
        let answer = reset(&bench, "ada", "000000", new).await;
        assert_eq!(answer.faults(), [("/email", "not_an_email"), ("/newPassword", code)]);
    }
}

#[tokio::test]
async fn answers_do_not_reveal_whether_an_address_has_an_account() {
    let bench = Bench::new();
    bench.register(ADA).await;
    for round in 0..22 {
        let mut answers = Vec::new();
        for email in [ADA, "nobody@example.org"] {
            let mut answer = forgot(&bench, email).await;
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{round}");
            assert_eq!(answer.json["data"]["email"].take(), email);
            assert!(answer.json["data"]["resetId"].take().is_string());
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

async fn reset_by_id(bench: &Bench, id: &str, otp: &str) -> BenchAnswer {
    let body = json!({"email": ADA, "otp": otp, "newPassword": NEW, "resetId": id});
    bench.post("/auth/password/reset", body).await
}

/// A code of six digits that is not `right`.
fn other_than(right: &str) -> String {
    let right = right.parse::<u32>().unwrap_or(0);
    format!("{:06}", (right + 1) % 1_000_000)
}

#[tokio::test]
async fn guesses_of_others_do_not_block_the_request_of_the_owner() {
    let bench = Bench::new();
    bench.register(ADA).await;
    let own = forgot(&bench, ADA).await.text("/data/resetId");
    let code = bench.code(ADA).await;
    let other_reset = forgot(&bench, ADA).await.text("/data/resetId");
    for _ in 0..4 {
        reset_by_id(&bench, &other_reset, &other_than(&code)).await;
        reset(&bench, ADA, &other_than(&code), NEW).await;
    }
    assert_eq!(reset_by_id(&bench, &other_reset, &code).await.code().0, "rate_limited");
    assert_eq!(reset(&bench, ADA, &code, NEW).await.code().0, "rate_limited");
    assert_eq!(reset_by_id(&bench, &own, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_belongs_to_its_request() {
    let bench = Bench::new();
    bench.register(ADA).await;
    let first = forgot(&bench, ADA).await.text("/data/resetId");
    let code = bench.code(ADA).await;
    let second = forgot(&bench, ADA).await.text("/data/resetId");
    assert_eq!(reset_by_id(&bench, &second, &code).await.code().0, "otp_invalid");
    assert_eq!(reset_by_id(&bench, &first, &code).await.status, StatusCode::OK);
    assert_eq!(
        reset_by_id(&bench, &second, &bench.code(ADA).await).await.code().0,
        "otp_invalid",
        "over"
    );
}

/// A hundred wrong codes in a row.
async fn close(bench: &Bench) {
    let mut tries = 0;
    loop {
        let answer = reset(bench, ADA, "000000", NEW).await;
        match answer.code().0 {
            "otp_invalid" => tries += 1,
            "rate_limited" => {}
            code => {
                assert_eq!((code, tries), ("otp_closed", 100));
                return;
            }
        }
        bench.advance(std::time::Duration::from_mins(5));
    }
}

#[tokio::test]
async fn after_a_hundred_wrong_codes_the_mail_has_a_long_one_that_no_count_closes() {
    let bench = Bench::new();
    bench.register(ADA).await;
    close(&bench).await;
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    assert_eq!(code.len(), 29, "125 bits: {code}");
    for _ in 0..5 {
        assert_eq!(reset(&bench, ADA, "000000", NEW).await.code().0, "otp_closed");
        let wrong = format!("{}{}", if code.starts_with('0') { '1' } else { '0' }, &code[1..]);
        assert_eq!(reset(&bench, ADA, &wrong, NEW).await.code().0, "otp_invalid");
    }
    assert_eq!(reset(&bench, ADA, &code.to_uppercase(), NEW).await.status, StatusCode::OK);
    assert_eq!(reset(&bench, ADA, &code, PASSWORD).await.code().0, "otp_invalid", "used up");
    // The counters stay: the guesser must not learn of the owner's sign-in.
    assert_eq!(login(&bench, NEW).await, StatusCode::OK);
    assert_eq!(reset(&bench, ADA, "000000", NEW).await.code().0, "otp_closed");
    forgot(&bench, ADA).await;
    assert_eq!(bench.code(ADA).await.len(), 29);
}

#[tokio::test]
async fn a_month_after_the_last_wrong_code_six_digits_are_enough_again() {
    let bench = Bench::new();
    bench.register(ADA).await;
    close(&bench).await;
    for (days, characters) in [(29, 29), (1, 6)] {
        bench.advance(std::time::Duration::from_hours(days * 24));
        forgot(&bench, ADA).await;
        assert_eq!(bench.code(ADA).await.len(), characters);
    }
    let code = bench.code(ADA).await;
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_after_the_last_mail_send_nothing_and_prolong_nothing() {
    let registration = RegistrationMode::EnumerationSafe;
    let otp_limits = selfsame_testbed::identity::settings::SendLimits::PRODUCTION;
    let bench = Bench::with(with_identity(settings(), |identity| {
        identity.registration = registration;
        identity.otp_limits = otp_limits;
    }));
    let id = bench.post("/auth/register", json!({"email": ADA, "password": PASSWORD})).await;
    let otp = bench.code(ADA).await;
    let body = json!({"email": ADA, "otp": otp, "registrationId": id.text("/data/registrationId")});
    assert_eq!(bench.post("/auth/email/verify", body).await.status, StatusCode::OK);
    bench.advance(std::time::Duration::from_hours(24));
    let before = bench.mails(ADA).await.len();
    for _ in 0..10 {
        forgot(&bench, ADA).await;
    }
    let code = bench.code(ADA).await;
    bench.advance(std::time::Duration::from_mins(50));
    for _ in 0..5 {
        let body = json!({"email": ADA, "password": NEW});
        let applied = bench.post("/auth/register", body).await;
        assert_eq!(applied.status, StatusCode::ACCEPTED);
        let body = json!({"email": ADA, "registrationId": applied.text("/data/registrationId")});
        assert_eq!(
            bench.post("/auth/email/verify/resend", body).await.status,
            StatusCode::ACCEPTED
        );
    }
    assert_eq!(
        bench.mails(ADA).await.len(),
        before + 10,
        "no address gets more than ten in an hour"
    );
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
    bench.advance(std::time::Duration::from_mins(10));
    forgot(&bench, ADA).await;
    assert_eq!(
        bench.mails(ADA).await[0].subject,
        "Your code for a new password",
        "it is open again"
    );
    assert_eq!(bench.code(ADA).await.len(), 6);
}

#[tokio::test]
async fn after_an_undo_attackers_can_not_block_the_reset() {
    let bench = Bench::new();
    let ada = bench.register(ADA).await;
    bench.advance(std::time::Duration::from_secs(1));
    let change = json!({"currentPassword": PASSWORD, "newPassword": NEW}).to_string();
    let request = selfsame_testbed::bench::request("POST", "/v1/account/password")
        .header("authorization", format!("Bearer {}", ada.access()));
    bench.send(request.body(axum::body::Body::from(change)).unwrap()).await;
    let text = bench.mails(ADA).await[0].text.clone();
    let token: String =
        text.split_once("/undo?token=").unwrap().1.split_whitespace().next().unwrap().into();
    assert_eq!(bench.post("/auth/undo", json!({"token": token})).await.status, StatusCode::OK);
    close(&bench).await;
    forgot(&bench, ADA).await;
    let (code, new) = (bench.code(ADA).await, "something else that is long enough");
    assert_eq!(reset(&bench, ADA, &code, new).await.status, StatusCode::OK);
    assert_eq!(login(&bench, new).await, StatusCode::OK);
}

#[tokio::test]
async fn a_reset_does_not_unlock_the_second_factor() {
    let bench = Bench::new();
    let user = bench.register(ADA).await.user();
    let (key, until) = (
        SecondFactor::key(&user),
        bench.app.platform.now().plus(std::time::Duration::from_mins(15)),
    );
    let closed = SecondFactor {
        secret: "c2VhbGVk".to_owned(),
        enabled_at: Some(bench.app.platform.now()),
        last_step: 1,
        recovery_codes: Vec::new(),
        failures: 100,
        paused_until: Some(until),
    };
    let write = Write::put(key.clone(), Guard::Any, encode(&closed));
    bench.app.platform.journal.commit(vec![write]).await.unwrap();
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
    let left = bench.store.get(&key).await.unwrap().unwrap();
    assert_eq!(decode::<SecondFactor>(&left.body).unwrap(), closed);
}

/// Uses up what an address may get within an hour, and gives the code of the last mail.
async fn used_up(bench: &Bench, path: &str) -> String {
    for number in 0..30 {
        bench.advance(std::time::Duration::from_secs(1));
        let body = match path {
            "/auth/register" => {
                json!({"email": ADA, "password": NEW, "username": format!("name{number}")})
            }
            _ => json!({"email": ADA}),
        };
        bench.post(path, body).await;
    }
    assert_eq!(
        bench.post("/auth/email/verify/resend", json!({"email": ADA})).await.code().0,
        "rate_limited"
    );
    bench.code(ADA).await
}

#[tokio::test]
async fn the_last_mail_that_an_address_gets_for_a_while_gives_its_owner_a_new_password_all_that_time()
 {
    for path in ["/auth/password/forgot", "/auth/email/verify/resend", "/auth/register"] {
        let registration = RegistrationMode::EnumerationSafe;
        let otp_limits = selfsame_testbed::identity::settings::SendLimits::PRODUCTION;
        let bench = Bench::with(with_identity(settings(), |identity| {
            identity.registration = registration;
            identity.otp_limits = otp_limits;
        }));
        let id = bench.post("/auth/register", json!({"email": ADA, "password": PASSWORD})).await;
        let otp = bench.code(ADA).await;
        let body =
            json!({"email": ADA, "otp": otp, "registrationId": id.text("/data/registrationId")});
        assert_eq!(bench.post("/auth/email/verify", body).await.status, StatusCode::OK);
        let code = used_up(&bench, path).await;
        assert_eq!(bench.mails(ADA).await[0].subject, "Your code for a new password", "{path}");
        // The owner asks in vain, and finds that mail half an hour later.
        let own = forgot(&bench, ADA).await.text("/data/resetId");
        assert_eq!(bench.code(ADA).await, code);
        bench.advance(std::time::Duration::from_mins(50));
        let minutes = "good for 59 minutes";
        assert!(
            bench.mails(ADA).await[0].text.contains(minutes),
            "{}",
            bench.mails(ADA).await[0].text
        );
        assert_eq!(reset_by_id(&bench, &own, &code).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn that_code_is_good_until_there_can_be_another_mail_and_no_longer() {
    let bench = Bench::with(with_identity(settings(), |identity| {
        identity.otp_limits = selfsame_testbed::identity::settings::SendLimits::PRODUCTION;
    }));
    bench.register(ADA).await;
    let code = used_up(&bench, "/auth/password/forgot").await;
    bench.advance(std::time::Duration::from_hours(1));
    assert_eq!(reset(&bench, ADA, &code, NEW).await.code().0, "otp_invalid");
    forgot(&bench, ADA).await;
    assert_ne!(bench.code(ADA).await, code);
}

const ISSUER: &str = "https://login.example.com";
const SHARED: &str = "a secret of thirty-two bytes or so";

/// A service with another issuer, and a token of that issuer with ADA as its address.
fn trusting(local_registration: bool, email_verified: bool) -> (Bench, String) {
    let issuer = Issuer {
        issuer: ISSUER.into(),
        audience: Some("profiles".into()),
        keys: IssuerKeys::Shared(Secret::new(SHARED)),
        ids: Ids::Own,
        create_users: true,
        may_be_unnamed: false,
    };
    let tokens = TokenSettings { issuers: vec![issuer], ..TokenSettings::default() };
    let bench = Bench::with(with_identity(settings(), |identity| {
        identity.tokens = tokens;
        identity.local_registration = local_registration;
    }));
    let header = json!({"alg": "HS256", "typ": "JWT"}).to_string();
    let claims = json!({
        "iss": ISSUER, "aud": "profiles", "sub": "5f7c", "iat": bench.app.platform.now().seconds(),
        "exp": bench.app.platform.now().seconds() + 3600, "email": ADA, "email_verified": email_verified
    });
    let signed = format!("{}.{}", base64url(header), base64url(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SHARED.as_bytes());
    let signature = base64url(hmac::sign(&key, signed.as_bytes()).as_ref());
    (bench, format!("{signed}.{signature}"))
}

/// A reset code mailed to ADA, whatever kind of user that is.
async fn planted(bench: &Bench) -> String {
    let email = EmailAddress::parse(ADA).unwrap();
    let subject = OtpSubject::find(&crate::testing::identity(&bench.app), &email).await.unwrap();
    let mail = |Mailed { code, minutes, .. }| {
        (subject.owner(&email), Template::PasswordReset { code, minutes })
    };
    let whose = (&subject, Purpose::PasswordReset, &email);
    let issue_code =
        IssueCode::prepare(&crate::testing::identity(&bench.app), whose, None, mail).await.unwrap();
    let rule = |loaded: &Loaded| Ok::<_, Refusal>((issue_code.send(Changes::none(), loaded)?, ()));
    bench
        .app
        .platform
        .journal
        .change(&subject.user, &issue_code.keys(), &Origin::default(), rule)
        .await
        .unwrap();
    bench.code(ADA).await
}

#[tokio::test]
async fn whom_only_another_issuer_signs_in_gets_no_password_by_a_mail() {
    for (local_registration, email_verified) in [(true, true), (false, false)] {
        let (bench, token) = trusting(local_registration, email_verified);
        let account = bench.with_token("GET", "/v1/account", &token).await;
        assert_eq!(account.text("/data/email"), ADA);
        let mut answers = Vec::new();
        for email in [ADA, "nobody@example.org"] {
            let mut answer = forgot(&bench, email).await;
            assert_eq!(answer.json["data"]["email"].take(), email);
            assert!(answer.json["data"]["resetId"].take().is_string());
            answers.push((answer.status, answer.json));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(
            bench.mails(ADA).await.len(),
            0,
            "the reader of that address may be another person"
        );
        let code = planted(&bench).await;
        assert_eq!(reset(&bench, ADA, &code, NEW).await.code().0, "otp_invalid");
        assert_eq!(login(&bench, NEW).await, StatusCode::UNAUTHORIZED);
        assert_eq!(bench.try_token(&token).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_external_user_with_a_password_can_reset_it() {
    let (bench, token) = trusting(true, true);
    bench.with_token("GET", "/v1/account", &token).await;
    let subject =
        OtpSubject::find(&crate::testing::identity(&bench.app), &EmailAddress::parse(ADA).unwrap())
            .await
            .unwrap();
    let key = subject.account_key();
    let eve = bench.register("eve@example.org").await.user();
    let password = bench.app.users.cache.get(&eve).await.unwrap().unwrap().account.password.clone();
    let rule = |loaded: &Loaded| {
        let account = loaded.get::<Account>(&key)?.unwrap();
        let account = Account { password: password.clone(), ..account };
        Ok::<_, StoreError>((Changes::none().put(key.clone(), &account), ()))
    };
    let keys = std::slice::from_ref(&key);
    bench.app.platform.journal.change(&subject.user, keys, &Origin::default(), rule).await.unwrap();
    forgot(&bench, ADA).await;
    let code = bench.code(ADA).await;
    assert_eq!(reset(&bench, ADA, &code, NEW).await.status, StatusCode::OK);
    assert_eq!(login(&bench, NEW).await, StatusCode::OK);
}
