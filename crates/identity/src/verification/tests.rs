use std::time::Duration;

use http::StatusCode;
use selfsame_store::{Maintenance as _, Store as _};
use serde_json::{Value, json};

use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, settings, with_identity};
use selfsame_testbed::identity::settings::RegistrationMode;

const ADA: &str = "ada@example.org";
const THIEFS: &str = "the thief has a plan too";

fn discreet() -> Bench {
    Bench::with(with_identity(settings(), |identity| {
        identity.registration = RegistrationMode::EnumerationSafe;
    }))
}

/// A registration that waits.
struct Applied {
    id: String,
    code: String,
}

async fn register(
    bench: &Bench,
    email: &str,
    password: &str,
    username: Option<&str>,
) -> BenchAnswer {
    // So that the mail is newer than those before.
    bench.advance(Duration::from_millis(1));
    bench
        .post("/auth/register", json!({"email": email, "password": password, "username": username}))
        .await
}

async fn apply(bench: &Bench, password: &str, username: Option<&str>) -> Applied {
    let answer = register(bench, ADA, password, username).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    Applied { id: answer.text("/data/registrationId"), code: bench.code(ADA).await }
}

async fn verify(bench: &Bench, otp: &str, shown: Value) -> BenchAnswer {
    let mut body = json!({"email": ADA, "otp": otp});
    body.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
    bench.post("/auth/email/verify", body).await
}

async fn by_id(bench: &Bench, otp: &str, id: &str) -> BenchAnswer {
    verify(bench, otp, json!({"registrationId": id})).await
}

async fn login(bench: &Bench, name: &str, password: &str) -> BenchAnswer {
    bench.post("/auth/login", json!({"identifier": name, "password": password})).await
}

async fn resend(bench: &Bench, body: Value) -> StatusCode {
    bench.advance(Duration::from_millis(1));
    bench.post("/auth/email/verify/resend", body).await.status
}

#[tokio::test]
async fn a_registration_mails_a_code_that_verifies_the_address_and_emits_an_event() {
    let bench = Bench::new();
    let user = bench.register(ADA).await.user();
    let code = bench.code(ADA).await;
    assert_eq!(
        verify(&bench, &code, json!({})).await.code(),
        ("invalid_request", "/registrationId")
    );
    let wrong = verify(&bench, &code, json!({"password": THIEFS})).await;
    assert_eq!(wrong.code().0, "otp_invalid", "the mail alone does not choose this account");
    let answer = verify(&bench, &code, json!({"password": PASSWORD})).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.text("/message"), "Email address verified.");
    let at = bench.app.platform.now().to_string();
    let expected =
        json!({"email": ADA, "emailVerified": true, "emailVerifiedAt": at, "username": null});
    assert_eq!(answer.json["data"], expected);
    assert_eq!(
        bench.told(&user).await,
        ["user.registered", "session.created", "user.email_verified"]
    );
    assert_eq!(bench.entries(&user).await[2].data, json!({"verifiedAt": at}));
    assert_eq!(bench.login(ADA).await.json["data"]["user"]["emailVerified"], json!(true));
    let again = verify(&bench, &code, json!({"password": PASSWORD})).await;
    assert_eq!(again.code().0, "otp_invalid", "used up");
}

/// In the session of `token`, with the code alone.
async fn by(bench: &Bench, token: &str, code: &str) -> BenchAnswer {
    let request = selfsame_testbed::bench::request("POST", "/auth/email/verify");
    let request = request.header("authorization", format!("Bearer {token}"));
    let body = json!({"email": ADA, "otp": code}).to_string();
    bench.send(request.body(axum::body::Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_signed_in_user_verifies_the_address_with_the_code_alone() {
    let bench = Bench::new();
    let (ada, eve) = (bench.register(ADA).await, bench.register("eve@example.org").await);
    let code = bench.code(ADA).await;
    assert_eq!(
        by(&bench, &eve.access(), &code).await.code(),
        ("invalid_request", "/registrationId")
    );
    assert_eq!(by(&bench, &ada.access(), &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whose_session_was_ended_elsewhere_verifies_nothing_with_the_code_alone() {
    let here = Bench::new();
    let there = Bench::on(here.store.clone(), here.clock.clone(), settings(), 2);
    let ada = here.register(ADA).await;
    let code = here.code(ADA).await;
    assert_eq!(here.try_token(&ada.access()).await, StatusCode::OK);
    assert_eq!(
        there.with_token("POST", "/auth/logout", &ada.access()).await.status,
        StatusCode::OK
    );
    assert_eq!(
        here.try_token(&ada.access()).await,
        StatusCode::OK,
        "this node has not heard of it"
    );
    let refused = by(&here, &ada.access(), &code).await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    assert!(!here.told(&ada.user()).await.contains(&"user.email_verified".to_owned()));
    let own = verify(&here, &code, json!({"password": PASSWORD})).await;
    assert_eq!(own.status, StatusCode::OK, "the code is as good as before: {own:?}");
}

#[tokio::test]
async fn a_discreet_registration_works_once_the_code_is_given_back() {
    let bench = discreet();
    let answer = register(&bench, ADA, PASSWORD, Some("ada")).await;
    let id = answer.text("/data/registrationId");
    let expected = json!({"email": ADA, "nextStep": "verify_email", "registrationId": id});
    assert_eq!((answer.status, &answer.json["data"]), (StatusCode::ACCEPTED, &expected));
    assert_eq!(selfsame_primitives::from_base64url(&id).unwrap().len(), 16, "128 bits");
    let refused = login(&bench, ADA, PASSWORD).await;
    assert_eq!(
        (refused.status, refused.code().0),
        (StatusCode::UNAUTHORIZED, "invalid_credentials")
    );
    let code = bench.code(ADA).await;
    assert_eq!(by_id(&bench, &code, &id).await.text("/data/username"), "ada");
    let signed_in = login(&bench, "ada", PASSWORD).await;
    assert_eq!(signed_in.status, StatusCode::OK);
    let event_types = bench.told(&signed_in.user()).await;
    assert_eq!(event_types, ["user.registered", "user.email_verified", "session.created"]);
    bench.advance(Duration::from_hours(20 * 365 * 24));
    assert_eq!(login(&bench, ADA, PASSWORD).await.user(), signed_in.user(), "for good");
}

#[tokio::test]
async fn the_mail_names_the_registrant_and_the_time() {
    let bench = discreet();
    apply(&bench, PASSWORD, Some("ada")).await;
    let text = bench.mails(ADA).await[0].text.clone();
    let at = bench.app.platform.now().to_string()[..16].replace('T', " ");
    assert!(text.contains("Name: ada\n") && text.contains(&format!("When: {at} UTC")), "{text}");
}

#[tokio::test]
async fn a_code_makes_the_account_of_the_registration_that_it_was_mailed_for_and_of_no_other() {
    for thief_is_first in [true, false] {
        let bench = discreet();
        let one =
            apply(&bench, if thief_is_first { THIEFS } else { PASSWORD }, Some("first")).await;
        let two =
            apply(&bench, if thief_is_first { PASSWORD } else { THIEFS }, Some("second")).await;
        let (own, thiefs) = if thief_is_first { (two, one) } else { (one, two) };
        // The owner has both mails, and only their own details.
        for (code, shown) in [
            (&own.code, json!({"registrationId": thiefs.id})),
            (&thiefs.code, json!({"registrationId": own.id})),
        ] {
            assert_eq!(verify(&bench, code, shown).await.code().0, "otp_invalid");
        }
        assert_eq!(
            verify(&bench, &thiefs.code, json!({"password": PASSWORD})).await.code().0,
            "otp_invalid"
        );
        let verified = by_id(&bench, &own.code, &own.id).await;
        assert_eq!(
            verified.text("/data/username"),
            if thief_is_first { "second" } else { "first" }
        );
        assert_eq!(login(&bench, ADA, THIEFS).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(login(&bench, ADA, PASSWORD).await.status, StatusCode::OK);
        // Nothing is left of the other one.
        assert_eq!(by_id(&bench, &thiefs.code, &thiefs.id).await.code().0, "otp_invalid");
        assert_eq!(login(&bench, ADA, THIEFS).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_registration_that_is_beyond_the_limits_of_the_address_touches_none_that_waits() {
    let bench = Bench::with(with_identity(settings(), |identity| {
        identity.registration = RegistrationMode::EnumerationSafe;
        identity.otp_limits = selfsame_testbed::identity::settings::SendLimits::PRODUCTION;
    }));
    let own = apply(&bench, PASSWORD, Some("ada")).await;
    for _ in 0..9 {
        register(&bench, ADA, THIEFS, None).await;
    }
    let refused = register(&bench, ADA, THIEFS, None).await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    assert_eq!(by_id(&bench, &own.code, &own.id).await.status, StatusCode::OK);
    assert_eq!(login(&bench, ADA, PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn requests_for_mails_without_recipient_do_not_block_a_registration() {
    let otp_limits = selfsame_testbed::identity::settings::SendLimits::PRODUCTION;
    let bench = Bench::with(with_identity(settings(), |identity| {
        identity.registration = RegistrationMode::EnumerationSafe;
        identity.otp_limits = otp_limits;
    }));
    for _ in 0..12 {
        resend(&bench, json!({"email": ADA})).await;
        bench.post("/auth/password/forgot", json!({"email": ADA})).await;
    }
    assert_eq!(resend(&bench, json!({"email": ADA})).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(bench.mails(ADA).await.len(), 0);
    let own = apply(&bench, PASSWORD, Some("ada")).await;
    for _ in 0..12 {
        bench.post("/auth/password/forgot", json!({"email": ADA})).await;
        resend(&bench, json!({"email": ADA, "registrationId": "nobody gave this out"})).await;
    }
    bench.advance(Duration::from_mins(11));
    for count in 2..=10 {
        let asked = resend(&bench, json!({"email": ADA, "registrationId": own.id})).await;
        assert_eq!((asked, bench.mails(ADA).await.len()), (StatusCode::ACCEPTED, count));
    }
    let refused = resend(&bench, json!({"email": ADA, "registrationId": own.id})).await;
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS, "no address gets more than ten in an hour");
    // The last one is good until there can be another.
    let code = bench.code(ADA).await;
    assert_eq!(code.len(), 29);
    bench.advance(Duration::from_mins(48));
    assert_eq!(by_id(&bench, &code, &own.id).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_password_identifies_the_registration_on_another_device() {
    let bench = discreet();
    let own = apply(&bench, PASSWORD, Some("ada")).await;
    apply(&bench, THIEFS, None).await;
    assert_eq!(
        verify(&bench, &own.code, json!({"password": THIEFS})).await.code().0,
        "otp_invalid"
    );
    assert_eq!(
        verify(&bench, &own.code, json!({"password": PASSWORD})).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn another_code_goes_to_the_registration_that_is_named_else_to_the_newest() {
    let bench = discreet();
    let own = apply(&bench, PASSWORD, Some("ada")).await;
    let other = apply(&bench, THIEFS, Some("other")).await;
    assert_eq!(resend(&bench, json!({"email": ADA})).await, StatusCode::ACCEPTED);
    assert!(bench.mails(ADA).await[0].text.contains("Name: other\n"));
    let newest = bench.code(ADA).await;
    assert_eq!(by_id(&bench, &other.code, &other.id).await.code().0, "otp_invalid", "replaced");
    assert_eq!(by_id(&bench, &newest, &own.id).await.code().0, "otp_invalid");
    resend(&bench, json!({"email": ADA, "registrationId": own.id})).await;
    assert!(bench.mails(ADA).await[0].text.contains("Name: ada\n"));
    assert_eq!(by_id(&bench, &bench.code(ADA).await, &own.id).await.status, StatusCode::OK);
}

#[tokio::test]
async fn wrong_codes_of_others_block_no_registration_and_own_ones_count_for_all_its_codes() {
    let bench = discreet();
    let own = apply(&bench, PASSWORD, None).await;
    let other = apply(&bench, THIEFS, None).await;
    for _ in 0..4 {
        by_id(&bench, "000000", &other.id).await;
        verify(&bench, "000000", json!({"password": THIEFS})).await;
        by_id(&bench, "000000", "nobody gave this out").await;
    }
    for id in [other.id.as_str(), "nobody gave this out"] {
        assert_eq!(by_id(&bench, "000000", id).await.code().0, "rate_limited", "{id}");
    }
    // No code is sent that can't be used.
    assert_eq!(
        resend(&bench, json!({"email": ADA, "registrationId": other.id})).await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(by_id(&bench, &own.code, &own.id).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_owner_of_an_address_gets_a_mail_about_a_registration_and_keeps_everything() {
    let bench = discreet();
    let own = apply(&bench, PASSWORD, Some("ada")).await;
    by_id(&bench, &own.code, &own.id).await;
    let again = register(&bench, ADA, THIEFS, None).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    let mails = bench.mails(ADA).await;
    assert_eq!((mails.len(), mails[0].subject.as_str()), (2, "You have an account already"));
    assert_eq!(login(&bench, ADA, PASSWORD).await.status, StatusCode::OK);
    assert_eq!(login(&bench, ADA, THIEFS).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn one_name_is_asked_for_twice_with_one_answer_whether_the_address_has_an_account_or_not() {
    let bench = discreet();
    let own = apply(&bench, PASSWORD, Some("ada")).await;
    by_id(&bench, &own.code, &own.id).await;
    for email in [ADA, "eve@example.org"] {
        for round in 0..3 {
            for name in ["wanted", "wanted.too"] {
                let answer = register(&bench, email, PASSWORD, Some(name)).await;
                assert_eq!(answer.status, StatusCode::ACCEPTED, "{email} {name} {round}");
            }
        }
        assert_eq!(register(&bench, email, PASSWORD, Some("ada")).await.code().0, "username_taken");
    }
    let claims = bench.store.scan("claim/username/", None).await.unwrap().items;
    assert!(
        claims.iter().all(|item| item.key.partition.ends_with("ada")),
        "no name is reserved: {claims:?}"
    );
}

#[tokio::test]
async fn a_username_taken_while_the_registration_was_pending_is_left_out() {
    let bench = discreet();
    let own = apply(&bench, PASSWORD, Some("wanted")).await;
    let eves = register(&bench, "eve@example.org", PASSWORD, Some("wanted")).await;
    let body = json!({
        "email": "eve@example.org", "otp": bench.code("eve@example.org").await,
        "registrationId": eves.text("/data/registrationId")
    });
    assert_eq!(bench.post("/auth/email/verify", body).await.text("/data/username"), "wanted");
    let verified = by_id(&bench, &own.code, &own.id).await;
    assert_eq!(
        (verified.status, &verified.json["data"]["username"]),
        (StatusCode::OK, &Value::Null)
    );
    let ada = login(&bench, ADA, PASSWORD).await;
    assert_eq!(ada.json["data"]["user"]["username"], Value::Null);
    assert_ne!(login(&bench, "wanted", PASSWORD).await.user(), ada.user());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_codes_for_one_address_make_one_account() {
    let bench = std::sync::Arc::new(discreet());
    let mut all = Vec::new();
    for number in 0..8 {
        all.push(apply(&bench, PASSWORD, Some(&format!("ada{number}"))).await);
    }
    let calls = all.into_iter().map(|applied| {
        let bench = std::sync::Arc::clone(&bench);
        tokio::spawn(async move { by_id(&bench, &applied.code, &applied.id).await.status })
    });
    let mut verified = 0;
    for call in calls.collect::<Vec<_>>() {
        verified += usize::from(call.await.unwrap() == StatusCode::OK);
    }
    assert_eq!(verified, 1);
    let users = bench.store.scan("user/", None).await.unwrap().items;
    let users: std::collections::BTreeSet<_> =
        users.iter().map(|item| &item.key.partition).collect();
    let claims = bench.store.scan("claim/username/", None).await.unwrap().items;
    assert_eq!((users.len(), claims.is_empty()), (1, false));
}

#[tokio::test]
async fn a_registration_waits_for_a_day_and_leaves_nothing() {
    let bench = discreet();
    let own = apply(&bench, PASSWORD, Some("ada")).await;
    bench.advance(Duration::from_mins(24 * 60 - 1));
    assert_eq!(
        resend(&bench, json!({"email": ADA, "registrationId": own.id})).await,
        StatusCode::ACCEPTED
    );
    let code = bench.code(ADA).await;
    bench.advance(Duration::from_mins(1));
    assert_eq!(by_id(&bench, &code, &own.id).await.code().0, "otp_invalid");
    let items = bench.store.scan("", None).await.unwrap().items;
    let keys: Vec<_> = items.iter().map(|item| item.key.to_string()).collect();
    let left = |key: &&String| {
        ["user/", "claim/"].iter().any(|start| key.starts_with(start))
            || key.contains("registration/")
    };
    assert_eq!(keys.iter().filter(left).count(), 0, "{keys:?}");
}

#[tokio::test]
async fn a_pending_account_of_an_earlier_version_blocks_no_registration() {
    use selfsame_events::{Changes, Origin, Status};
    use selfsame_primitives::{EmailAddress, UserId};

    let bench = discreet();
    let (email, user) = (EmailAddress::parse(ADA).unwrap(), UserId::parse("usr_1").unwrap());
    let claim = selfsame_users::records::Claim::of(user.clone());
    let decide = |loaded: &selfsame_events::Loaded| {
        let until = loaded.now().plus(Duration::from_hours(7 * 24));
        let changes = Changes::none().put(bench.app.users.email_claim(&email), &claim);
        Ok::<_, selfsame_store::StoreError>((changes.status_until(Status::Pending, until), ()))
    };
    bench.app.platform.journal.change(&user, &[], &Origin::default(), decide).await.unwrap();
    let own = apply(&bench, PASSWORD, None).await;
    assert_eq!(by_id(&bench, &own.code, &own.id).await.status, StatusCode::OK);
    bench.advance(Duration::from_hours(365 * 24));
    assert_eq!(login(&bench, ADA, PASSWORD).await.status, StatusCode::OK);
    assert!(bench.store.get(&bench.app.users.email_claim(&email)).await.unwrap().is_some());
}

#[tokio::test]
async fn mails_come_in_the_language_that_the_browser_asks_for() {
    let bench = Bench::new();
    let body = json!({"email": ADA, "password": PASSWORD}).to_string();
    let request = selfsame_testbed::bench::request("POST", "/auth/register")
        .header("accept-language", "pt-BR, fr-CA;q=0.8, en;q=0.5");
    let answer = bench.send(request.body(axum::body::Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(bench.mails(ADA).await[0].subject, "Votre code pour Selfsame");
    let profile = bench.with_token("GET", "/v1/profile/preferences", &answer.access()).await;
    assert_eq!(profile.text("/data/language"), "fr");
}
