use std::time::Duration;

use axum::body::Body;
use http::StatusCode;
use selfsame_events::user_partition;
use selfsame_store::{Guard, Maintenance as _, Store as _, Write, decode};
use selfsame_web::Client;
use serde_json::json;

use super::challenge::{Challenge, ChallengeId};
use super::rule::{self, CompleteSignIn, Refusal};
use crate::sessions::{RefreshTokenTransport, StartSession};
use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, request, settings};
use selfsame_users::records::Account;
use selfsame_users::records::SecondFactor;

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
    let event_types = bench.told(&user).await;
    assert_eq!(event_types[0], "user.registered");
    assert_eq!(event_types[1..], ["session.created"; 5]);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_get_the_same_answer() {
    let bench = Bench::new();
    let body = json!({"email": "paul@example.org", "password": PASSWORD, "username": "paul"});
    let user = bench.post("/auth/register", body).await.user();
    let event_types = bench.told(&user).await;
    let mut answers = Vec::new();
    for (identifier, password) in [
        ("paul@example.org", "not the right password"),
        ("paul", "not the right password"),
        ("nobody@example.org", PASSWORD),
        ("nobody", PASSWORD),
        ("pau1", PASSWORD),
        ("not a name at all", PASSWORD),
        ("", PASSWORD),
    ] {
        let answer = bench
            .post("/auth/login", json!({"identifier": identifier, "password": password}))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::UNAUTHORIZED, ("invalid_credentials", "")),
            "{identifier}"
        );
        answers.push((answer.problem, answer.headers));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(bench.told(&user).await, event_types);
}

#[tokio::test]
async fn exactly_one_name_is_given() {
    let bench = Bench::new();
    for (body, field) in [
        (json!({"password": PASSWORD}), "/identifier"),
        (
            json!({"email": "ada@example.org", "username": "ada", "password": PASSWORD}),
            "/identifier",
        ),
        (json!({"identifier": "x".repeat(255), "password": PASSWORD}), "/identifier"),
        (json!({"email": "x".repeat(255), "password": PASSWORD}), "/email"),
        (json!({"username": "x".repeat(255), "password": PASSWORD}), "/username"),
    ] {
        let answer = bench.post("/auth/login", body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, ("invalid_request", field))
        );
    }
}

#[tokio::test]
async fn a_refused_device_name_does_not_reveal_whether_the_password_was_right() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    let event_types = bench.told(&user).await;
    for name in ["a\nb".to_owned(), " ".to_owned(), "x".repeat(101)] {
        for password in [PASSWORD, "a wrong guess"] {
            let body =
                json!({"email": "ada@example.org", "password": password, "deviceName": name});
            let refused = bench.post("/auth/login", body).await;
            assert_eq!(
                (refused.status, refused.code()),
                (StatusCode::BAD_REQUEST, ("invalid_request", "/deviceName")),
                "{name:?}"
            );
        }
    }
    assert_eq!(bench.told(&user).await, event_types);
    let body = json!({"email": "x".repeat(255), "password": PASSWORD, "deviceName": "a\nb"});
    let refused = bench.post("/auth/login", body).await.problem.unwrap();
    let fields: Vec<_> = refused.errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(fields, ["/deviceName", "/email"]);
}

#[tokio::test]
async fn guessing_gets_slower_and_the_owner_is_not_kept_out() {
    let bench = Bench::new();
    bench.register("ada@example.org").await;
    let guess = || {
        bench.post("/auth/login", json!({"email": "ada@example.org", "password": "a wrong guess"}))
    };
    for _ in 0..5 {
        assert_eq!(guess().await.status, StatusCode::UNAUTHORIZED);
    }
    let slowed = bench.login("ada@example.org").await;
    assert_eq!((slowed.status, slowed.code().0), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    assert_eq!(slowed.problem.unwrap().retry_after, Some(1));
    let home = Client { request_id: "req-2".into(), ip: [198, 51, 100, 9].into(), device: None };
    let body = json!({"identifier": "ada@example.org", "password": PASSWORD}).to_string();
    let mut owner = request("POST", "/auth/login").body(Body::from(body)).unwrap();
    owner.extensions_mut().insert(home);
    assert_eq!(bench.send(owner).await.status, StatusCode::OK);
    bench.advance(Duration::from_secs(1));
    assert_eq!(bench.login("ada@example.org").await.status, StatusCode::OK);
    assert_eq!(guess().await.status, StatusCode::UNAUTHORIZED, "a right password forgives");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_users_behind_one_address_all_get_in() {
    let bench = std::sync::Arc::new(Bench::new());
    for person in 0..64 {
        bench.register(&format!("person{person}@example.org")).await;
    }
    for _ in 0..3 {
        let calls = (0..64).map(|person| {
            let bench = std::sync::Arc::clone(&bench);
            tokio::spawn(
                async move { bench.login(&format!("person{person}@example.org")).await.status },
            )
        });
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(call.await.unwrap(), StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn requests_that_are_broken_off_count_for_nothing() {
    let bench = Bench::new();
    bench.register("ada@example.org").await;
    for password in [PASSWORD, "a wrong guess"] {
        for _ in 0..25 {
            let _held = bench.app.identity.passwords.hold().await;
            let body = json!({"email": "ada@example.org", "password": password});
            let mut call = std::pin::pin!(bench.post("/auth/login", body));
            let poll = |context: &mut std::task::Context<'_>| {
                std::task::Poll::Ready(call.as_mut().poll(context).is_ready())
            };
            assert!(!std::future::poll_fn(poll).await, "it is under way");
        }
    }
    for _ in 0..5 {
        let body = json!({"email": "ada@example.org", "password": "a wrong guess"});
        assert_eq!(bench.post("/auth/login", body).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(bench.login("ada@example.org").await.status, StatusCode::TOO_MANY_REQUESTS);
}

/// A sign-in of Ada's from `ip`, with the cookie of a browser if there is one.
async fn sign_in_from(
    bench: &Bench,
    ip: [u8; 4],
    password: &str,
    cookie: Option<&str>,
) -> BenchAnswer {
    let client = Client { request_id: "req-2".into(), ip: ip.into(), device: None };
    let body = json!({"identifier": "ada@example.org", "password": password, "session": "cookie"})
        .to_string();
    let origin = bench.app.platform.urls.public.clone();
    let mut request = request("POST", "/auth/login").header("origin", origin);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(client);
    bench.send(request).await
}

const HOME: [u8; 4] = [198, 51, 100, 9];
const AWAY: [u8; 4] = [192, 0, 2, 77];

/// Tries at Ada's password from ever other addresses for `minutes`, 60 a minute; gives how many
/// were looked at.
async fn hammer(bench: &Bench, minutes: u32) -> usize {
    let mut looked_at = 0;
    for number in 0..=minutes * 60 {
        let [_, high, middle, low] = number.to_be_bytes();
        let guessed =
            sign_in_from(bench, [100 + high, middle, low, 1], "a wrong guess", None).await;
        looked_at += usize::from(guessed.status == StatusCode::UNAUTHORIZED);
        if number < minutes * 60 {
            bench.advance(Duration::from_secs(1));
        }
    }
    looked_at
}

#[tokio::test]
async fn an_attacker_with_many_addresses_gets_few_guesses_and_the_owner_in_at_once() {
    let bench = Bench::new();
    bench.register("ada@example.org").await;
    let first = sign_in_from(&bench, HOME, PASSWORD, None).await;
    let browser = device_cookie(&first);
    assert_eq!(hammer(&bench, 120).await, 60 + 120, "60 at once, and 60 an hour");
    assert_eq!(
        sign_in_from(&bench, HOME, PASSWORD, None).await.status,
        StatusCode::OK,
        "from home"
    );
    let away = sign_in_from(&bench, AWAY, PASSWORD, Some(&browser)).await;
    assert_eq!(away.status, StatusCode::OK, "with their own browser, from anywhere");
    let unknown_client = sign_in_from(&bench, [192, 0, 2, 78], PASSWORD, None).await;
    assert_eq!(unknown_client.code().0, "rate_limited");
    assert!(unknown_client.problem.unwrap().retry_after.unwrap() <= 60);
}

#[tokio::test]
async fn an_attacker_behind_the_same_address_does_not_keep_the_owners_browser_out() {
    let bench = Bench::new();
    bench.register("ada@example.org").await;
    let browser = device_cookie(&sign_in_from(&bench, HOME, PASSWORD, None).await);
    for _ in 0..600 {
        sign_in_from(&bench, HOME, "a wrong guess", None).await;
        bench.advance(Duration::from_secs(1));
    }
    assert_eq!(sign_in_from(&bench, HOME, PASSWORD, None).await.code().0, "rate_limited");
    assert_eq!(sign_in_from(&bench, HOME, PASSWORD, Some(&browser)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_reset_makes_the_network_known_although_the_limit_is_used_up() {
    let bench = Bench::new();
    bench.register("ada@example.org").await;
    hammer(&bench, 3).await;
    let reset = |path: &str, body: serde_json::Value| {
        let client = Client { request_id: "req-2".into(), ip: AWAY.into(), device: None };
        let mut request = request("POST", path).body(Body::from(body.to_string())).unwrap();
        request.extensions_mut().insert(client);
        bench.send(request)
    };
    assert_eq!(sign_in_from(&bench, AWAY, PASSWORD, None).await.code().0, "rate_limited");
    reset("/auth/password/forgot", json!({"email": "ada@example.org"})).await;
    let otp = bench.code("ada@example.org").await;
    let new = "eleven quiet otters read the news";
    let body = json!({"email": "ada@example.org", "otp": otp, "newPassword": new});
    assert_eq!(reset("/auth/password/reset", body).await.status, StatusCode::OK);
    assert_eq!(sign_in_from(&bench, AWAY, new, None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_cookie_of_a_browser_helps_only_its_own_account_and_gets_slower_too() {
    let bench = Bench::new();
    bench.register("eve@example.org").await;
    let body = json!({"identifier": "eve@example.org", "password": PASSWORD, "session": "cookie"});
    let login = request("POST", "/auth/login").header("origin", &bench.app.platform.urls.public);
    let eve = bench.send(login.body(Body::from(body.to_string())).unwrap()).await;
    bench.register("ada@example.org").await;
    let ada = device_cookie(&sign_in_from(&bench, HOME, PASSWORD, None).await);
    hammer(&bench, 3).await;
    let forged = format!("{}x", &ada[..ada.len() - 1]);
    for other_cookie in
        [device_cookie(&eve), forged, "selfsame_device=".into(), "selfsame_device=a.b.c".into()]
    {
        let refused = sign_in_from(&bench, AWAY, PASSWORD, Some(&other_cookie)).await;
        assert_eq!(refused.code().0, "rate_limited", "{other_cookie}");
    }
    for _ in 0..5 {
        let guess = sign_in_from(&bench, AWAY, "a wrong guess", Some(&ada)).await;
        assert_eq!(guess.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(sign_in_from(&bench, AWAY, PASSWORD, Some(&ada)).await.code().0, "rate_limited");
}

#[tokio::test]
async fn unknown_names_are_limited_like_known_ones() {
    let bench = Bench::new();
    let unregistered = hammer(&bench, 3).await;
    let other = Bench::new();
    other.register("ada@example.org").await;
    assert_eq!(unregistered, hammer(&other, 3).await);
}

#[tokio::test]
async fn a_network_does_not_reveal_its_known_users_and_admits_them() {
    let (known, unknown) = (Bench::new(), Bench::new());
    known.register("ada@example.org").await;
    sign_in_from(&known, HOME, PASSWORD, None).await;
    hammer(&known, 3).await;
    hammer(&unknown, 3).await;
    let seen = |answer: BenchAnswer| {
        let (status, code) = (answer.status, answer.code().0);
        (status, code, answer.problem.unwrap().retry_after, answer.headers)
    };
    // The first five are free for a network; after them it waits for its own failures.
    for _ in 0..7 {
        let one = seen(sign_in_from(&known, HOME, "a wrong guess", None).await);
        let other = seen(sign_in_from(&unknown, HOME, "a wrong guess", None).await);
        assert_eq!((one.0, one.1), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
        assert_eq!(one, other);
    }
    assert_eq!(sign_in_from(&known, AWAY, PASSWORD, None).await.code().0, "rate_limited");
    for bench in [&known, &unknown] {
        bench.advance(Duration::from_secs(1));
    }
    assert_eq!(sign_in_from(&known, HOME, PASSWORD, None).await.status, StatusCode::OK);
    assert_eq!(sign_in_from(&unknown, HOME, PASSWORD, None).await.code().0, "rate_limited");
}

/// What a browser would send back of the cookies that `answer` sets.
fn device_cookie(answer: &BenchAnswer) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.into_iter().find(|line| line.starts_with("selfsame_device=")).unwrap();
    assert!(
        line.contains("; Path=/auth; ") && line.contains("; HttpOnly; SameSite=Strict"),
        "{line}"
    );
    line.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn guessing_at_accounts_that_are_not_there_gets_slower_too() {
    let bench = Bench::new();
    for _ in 0..5 {
        assert_eq!(bench.login("nobody@example.org").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(bench.login("nobody@example.org").await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn signing_in_replaces_a_hash_of_another_cost() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    let mut dearer = settings();
    dearer.identity.passwords.cost.passes = 2;
    let later = Bench::on(bench.store.clone(), bench.clock.clone(), dearer, 2);
    let stored = || async {
        let item = bench.store.get(&Account::key(&user)).await.unwrap().unwrap();
        decode::<Account>(&item.body).unwrap().password.unwrap()
    };
    assert_eq!(later.login("ada@example.org").await.status, StatusCode::OK);
    let rehashed = stored().await;
    assert!(rehashed.starts_with("$argon2id$v=19$m=8,t=2,p=1$"), "{rehashed}");
    assert_eq!(later.login("ada@example.org").await.status, StatusCode::OK);
    assert_eq!(stored().await, rehashed, "once is enough");
}

#[tokio::test]
async fn a_password_written_with_other_code_points_is_the_same() {
    let bench = Bench::new();
    let body = json!({"email": "ada@example.org", "password": "Caf\u{e9} im alten Fu\u{df}g\u{e4}ngertunnel"});
    assert_eq!(bench.post("/auth/register", body).await.status, StatusCode::CREATED);
    let body = json!({"email": "ada@example.org", "password": "Cafe\u{301} im alten Fu\u{df}ga\u{308}ngertunnel"});
    assert_eq!(bench.post("/auth/login", body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn being_seen_is_written_later_and_at_most_every_five_minutes() {
    let bench = Bench::new();
    let answer = bench.register("ada@example.org").await;
    let (user, event_types) = (answer.user(), bench.told(&answer.user()).await);
    let seen = || async {
        bench.app.users.last_seen.write().await.unwrap();
        bench.app.users.cache.get(&user).await.unwrap().unwrap().presence.last_active_at
    };
    assert_eq!(seen().await, None);
    bench.try_token(&answer.access()).await;
    let first = seen().await;
    assert_eq!(first, Some(bench.app.platform.now()));
    bench.advance(Duration::from_secs(299));
    bench.try_token(&answer.access()).await;
    assert_eq!(seen().await, first);
    bench.advance(Duration::from_secs(1));
    bench.try_token(&answer.access()).await;
    assert_eq!(seen().await, Some(bench.app.platform.now()));
    assert_eq!(bench.told(&user).await, event_types, "it emits no event");
}

#[tokio::test]
async fn a_password_changed_during_the_comparison_does_not_sign_in() {
    let bench = Bench::new();
    let user = bench.register("ada@example.org").await.user();
    let client = Client { request_id: "req-2".into(), ip: [198, 51, 100, 9].into(), device: None };
    let start = StartSession::first(
        &crate::testing::identity(&bench.app),
        &user,
        &client,
        None,
        RefreshTokenTransport::Token,
    )
    .await
    .unwrap();
    let keys = [vec![Account::key(&user), SecondFactor::key(&user)], start.keys()].concat();
    let (id, keys_of_all) = (
        ChallengeId::generate(&crate::testing::identity(&bench.app), &user),
        &bench.app.platform.keys,
    );
    let challenge = Challenge::new(
        keys_of_all,
        bench.app.platform.now(),
        "",
        None,
        None,
        RefreshTokenTransport::Token,
    );
    let verified = CompleteSignIn {
        user: user.clone(),
        against: "$argon2id$the-one-before".into(),
        rehashed: None,
    };
    let decide = |loaded: &_| rule::sign_in(loaded, &verified, &start, (&id.key(), &challenge));
    let refused =
        bench.app.platform.journal.change(&user, &keys, &client.origin(None), decide).await;
    assert!(matches!(refused, Err(Refusal::Wrong)), "{refused:?}");
    assert_eq!(bench.told(&user).await, ["user.registered", "session.created"]);
}

#[tokio::test]
async fn nothing_is_written_about_a_deleted_user() {
    let bench = Bench::new();
    let answer = bench.register("ada@example.org").await;
    bench.try_token(&answer.access()).await;
    let items = bench.store.scan(&user_partition(&answer.user()), None).await.unwrap().items;
    let erased = items.into_iter().map(|item| Write::delete(item.key, Guard::Any)).collect();
    bench.app.platform.journal.commit(erased).await.unwrap();
    bench.app.users.last_seen.write().await.unwrap();
    assert_eq!(bench.store.scan("user/", None).await.unwrap().items, []);
}
