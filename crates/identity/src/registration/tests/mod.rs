use std::sync::Arc;

use http::StatusCode;
use selfsame_store::{Guard, Maintenance as _, Store as _, Write};
use selfsame_web::Fault;
use serde_json::{Value, json};

use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, settings, with_identity};
use selfsame_testbed::identity::settings::RegistrationMode;
use selfsame_testbed::identity::settings::SendLimits;

async fn register(bench: &Bench, email: &str, username: &str) -> BenchAnswer {
    let body = json!({"email": email, "password": PASSWORD, "username": username});
    bench.post("/auth/register", body).await
}

#[tokio::test]
async fn registering_signs_in_and_emits_events() {
    let bench = Bench::new();
    let body = json!({"email": "Ada@example.org", "password": PASSWORD, "username": "ada", "displayName": " Ada L. "});
    let answer = bench.post("/auth/register", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let data = &answer.json["data"];
    assert_eq!(
        data["user"],
        json!({"userId": answer.user(), "email": "Ada@example.org", "emailVerified": false, "username": "ada", "displayName": "Ada L."})
    );
    assert_eq!(
        (&data["tokenType"], &data["expiresIn"], &data["refreshExpiresIn"]),
        (&json!("Bearer"), &json!(900), &json!(2_592_000))
    );
    assert_eq!(bench.try_token(&answer.access()).await, StatusCode::OK);
    let entries = bench.entries(&answer.user()).await;
    let types: Vec<_> = entries.iter().map(|entry| entry.event_type.as_str()).collect();
    assert_eq!(types, ["user.registered", "session.created"]);
    assert_eq!(entries[0].data, json!({"way": "password", "username": "ada", "issuer": null}));
    assert_eq!(entries[1].data, json!({"sessionId": entries[1].origin.session_id}));
    assert_eq!(entries[0].origin.request_id.as_deref(), Some("req-1"));
}

#[tokio::test]
async fn a_missing_display_name_is_not_taken_from_the_address() {
    let bench = Bench::new();
    let nameless = bench.register("ada@example.org").await;
    assert_eq!(nameless.text("/data/user/displayName"), "New user");
    let named = register(&bench, "eve@example.org", "eve.e").await;
    assert_eq!(named.text("/data/user/displayName"), "eve.e");
}

#[tokio::test]
async fn one_address_has_one_account_whatever_the_case() {
    let bench = Bench::new();
    bench.register("ada@example.org").await;
    let again = bench
        .post("/auth/register", json!({"email": "ADA@Example.ORG", "password": PASSWORD}))
        .await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, ("email_taken", "/email")));
}

#[tokio::test]
async fn a_username_and_its_look_alikes_have_one_owner() {
    let bench = Bench::new();
    assert_eq!(register(&bench, "paul@example.org", "paul").await.status, StatusCode::CREATED);
    for (number, name) in ["paul", "PAUL", "pau1", "pauI"].into_iter().enumerate() {
        let answer = register(&bench, &format!("p{number}@example.org"), name).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::CONFLICT, ("username_taken", "/username")),
            "{name}"
        );
        let free = bench.post(
            "/auth/register",
            json!({"email": format!("p{number}@example.org"), "password": PASSWORD}),
        );
        assert_eq!(free.await.status, StatusCode::CREATED, "the address was not taken along");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let bench = Bench::new();
    let good = json!({"email": "ada@example.org", "password": PASSWORD});
    for (name, value, pointer) in [
        ("email", json!("ada"), "/email"),
        ("email", Value::Null, "/email"),
        ("password", json!("short"), "/password"),
        ("password", json!(1), "/password"),
        ("username", json!("a b"), "/username"),
        ("username", json!("admin"), "/username"),
        ("displayName", json!(" "), "/displayName"),
        ("displayName", json!("x".repeat(51)), "/displayName"),
        ("deviceName", json!("a\nb"), "/deviceName"),
        ("session", json!("forever"), "/session"),
        ("role", json!("admin"), "/role"),
    ] {
        let mut body = good.clone();
        body[name] = value.clone();
        let answer = bench.post("/auth/register", body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, ("invalid_request", pointer)),
            "{value}"
        );
    }
    assert_eq!(bench.store.stats().await.unwrap().commits, 0, "nothing was written");
}

#[tokio::test]
async fn registering_many_addresses_is_limited_per_client() {
    let otp_limits = SendLimits { client_hourly: 3, ..SendLimits::PRODUCTION };
    let bench = Bench::with(with_identity(settings(), |identity| identity.otp_limits = otp_limits));
    let join = async |number: u32| {
        let body = json!({"email": format!("a{number}@example.org"), "password": PASSWORD});
        bench.post("/auth/register", body).await
    };
    for number in 0..3 {
        assert_eq!(join(number).await.status, StatusCode::CREATED);
    }
    let refused = join(3).await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    assert_eq!(bench.mails("a3@example.org").await.len(), 0);
    assert_eq!(bench.login("a3@example.org").await.status, StatusCode::UNAUTHORIZED);
    bench.advance(std::time::Duration::from_hours(1));
    assert_eq!(join(3).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_registration_that_cant_be_read_keeps_no_other_from_its_code() {
    for body in ["registration/1\n{", "registration/9\n{}"] {
        let bench = Bench::with(with_identity(settings(), |identity| {
            identity.registration = RegistrationMode::EnumerationSafe;
        }));
        let apply = async || {
            bench.advance(std::time::Duration::from_millis(1));
            bench
                .post("/auth/register", json!({"email": "ada@example.org", "password": PASSWORD}))
                .await
        };
        let waiting = async || {
            let items = bench.store.scan("email/", None).await.unwrap().items;
            let keys = items.into_iter().map(|item| item.key);
            keys.filter(|key| key.sort.starts_with("registration/")).collect::<Vec<_>>()
        };
        let (first, before) = (apply().await, waiting().await);
        assert_eq!((apply().await.status, before.len()), (StatusCode::ACCEPTED, 1));
        let newest = waiting().await.into_iter().find(|key| !before.contains(key)).unwrap();
        bench
            .app
            .platform
            .journal
            .commit(vec![Write::put(newest, Guard::Any, body)])
            .await
            .unwrap();
        bench.advance(std::time::Duration::from_millis(1));
        let again =
            bench.post("/auth/email/verify/resend", json!({"email": "ada@example.org"})).await;
        assert_eq!(again.status, StatusCode::ACCEPTED, "{again:?}");
        let (otp, id) = (bench.code("ada@example.org").await, first.text("/data/registrationId"));
        let body = json!({"email": "ada@example.org", "otp": otp, "registrationId": id});
        assert_eq!(bench.post("/auth/email/verify", body).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let bench = Bench::new();
    let body = json!({"email": "ada@example.org", "password": "short", "displayName": "", "deviceName": "x".repeat(101)});
    let others = [("/displayName", "empty"), ("/deviceName", "too_long")];
    let answer = bench.post("/auth/register", body.clone()).await;
    assert_eq!(answer.faults(), [&others[..], &[("/password", "password_too_short")]].concat());
    let mut unread = body;
    unread["email"] = json!("ada");
    let answer = bench.post("/auth/register", unread).await;
    let first = [("/email", "not_an_email"), ("/password", "password_too_short")];
    assert_eq!(answer.faults(), [first, others].concat());
    let answer = bench.post("/auth/register", json!({"password": "short"})).await;
    assert_eq!(answer.faults(), [("/email", "required"), ("/password", "password_too_short")]);
    assert_eq!(answer.problem.unwrap().errors[1].fault, Fault::PasswordTooShort { min: 15 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_registrations_of_one_address_exactly_one_succeeds() {
    let bench = Arc::new(Bench::new());
    let calls = (0..16).map(|_| {
        let bench = Arc::clone(&bench);
        tokio::spawn(async move { register(&bench, "ada@example.org", "ada").await })
    });
    let mut winners = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.unwrap();
        if answer.status == StatusCode::CREATED {
            winners.push(answer.user());
        } else {
            assert_eq!(answer.code(), ("email_taken", "/email"));
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(bench.login("ada@example.org").await.user(), winners[0]);
    let users = bench.store.scan("user/", None).await.unwrap().items;
    let partitions: std::collections::BTreeSet<_> =
        users.iter().map(|item| &item.key.partition).collect();
    assert_eq!(partitions.len(), 1, "no user is half registered");
}

#[tokio::test]
async fn the_store_holds_neither_the_password_nor_the_address_in_a_name() {
    let bench = Bench::new();
    let answer = bench.register("ada@example.org").await;
    let token = answer.refresh();
    let secret = token.split('.').nth(2).unwrap();
    let items = bench.store.scan("", None).await.unwrap().items;
    assert!(items.len() > 5);
    for item in items {
        let body = String::from_utf8_lossy(&item.body);
        assert!(!item.key.to_string().contains("ada@"), "{}", item.key);
        assert!(!body.contains(PASSWORD) && !body.contains(secret), "{}", item.key);
    }
    let account = bench
        .store
        .get(&selfsame_users::records::Account::key(&answer.user()))
        .await
        .unwrap()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&account.body)
            .contains("\"password\":\"$argon2id$v=19$m=8,t=1,p=1$")
    );
}

mod worlds;
