//! Users of other issuers.

use super::*;
use selfsame_testbed::bench::with_identity;

#[tokio::test]
async fn a_token_of_another_issuer_makes_its_subject_a_user_once() {
    let bench = Bench::with(trusting(shared()));
    let token = hs256_token(&claims());
    assert_eq!(bench.try_token(&token).await, StatusCode::OK);
    assert_eq!(
        bench.try_token(&hs256_token(&claims_with("jti", json!("2")))).await,
        StatusCode::OK
    );
    let user = selfsame_primitives::UserId::parse("auth0|5f7c").unwrap();
    let person = bench.app.users.cache.get(&user).await.unwrap().unwrap();
    assert_eq!((person.profile.display_name.as_str(), &person.account.email), ("New user", &None));
    let entries = bench.entries(&user).await;
    assert_eq!((entries.len(), entries[0].event_type.as_str()), (1, "user.registered"));
    assert_eq!(entries[0].data, json!({"way": "issuer", "username": null, "issuer": OTHER}));
    let ip = entries[0].origin.ip.as_ref().unwrap();
    let shown = bench.app.platform.addresses.reveal(&user, ip, bench.app.platform.now()).await;
    assert_eq!(shown, "203.0.113.7");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_first_requests_at_once_make_one_user() {
    let bench = std::sync::Arc::new(Bench::with(trusting(shared())));
    let token = hs256_token(&claims());
    let calls = (0..16).map(|_| {
        let (bench, token) = (std::sync::Arc::clone(&bench), token.clone());
        tokio::spawn(async move { bench.try_token(&token).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), StatusCode::OK);
    }
    let user = selfsame_primitives::UserId::parse("auth0|5f7c").unwrap();
    assert_eq!(bench.told(&user).await, ["user.registered"]);
}

#[tokio::test]
async fn without_create_users_only_existing_users_are_signed_in() {
    let audience = Some("profiles".to_owned());
    let issuer = |ids: Ids| Issuer {
        create_users: false,
        audience: audience.clone(),
        ..other(shared(), ids)
    };
    let bench = Bench::with(trusting_all(vec![issuer(Ids::Shared)]));
    assert_eq!(bench.try_token(&hs256_token(&claims())).await, StatusCode::UNAUTHORIZED);
    let ada = bench.register("ada@example.org").await.user();
    let token = hs256_token(&claims_with("sub", json!(ada)));
    assert_eq!(bench.try_token(&token).await, StatusCode::OK);
    let apart = Bench::on(
        bench.store.clone(),
        bench.clock.clone(),
        trusting_all(vec![issuer(Ids::Prefixed("other:".into()))]),
        2,
    );
    assert_eq!(
        apart.try_token(&token).await,
        StatusCode::UNAUTHORIZED,
        "it can't speak for users of others"
    );
}

#[tokio::test]
async fn a_user_is_the_issuer_and_the_subject_together() {
    let second =
        Issuer { issuer: "https://second.example.com".into(), ..other(shared(), Ids::Own) };
    let bench = Bench::with(trusting_all(vec![other(shared(), Ids::Own), second]));
    let ada = bench.register("ada@example.org").await.user();
    let mut users = vec![ada.to_string()];
    let long = format!("arn:aws:iam::1234:user/{}", "é/#".repeat(200));
    for (issuer, subject) in [
        (OTHER, ada.as_str()),
        ("https://second.example.com", ada.as_str()),
        (OTHER, "a/b c"),
        (OTHER, long.as_str()),
    ] {
        let mut claims = claims_with("aud", Value::Null);
        (claims["iss"], claims["sub"]) = (json!(issuer), json!(subject));
        let token = hs256_token(&claims);
        let who =
            async || bench.with_token("GET", "/v1/account", &token).await.text("/data/userId");
        let first = who().await;
        assert_eq!(who().await, first);
        assert!(first.starts_with("usr_") && first.len() == 30, "{first}");
        users.push(first);
    }
    users.sort();
    users.dedup();
    assert_eq!(users.len(), 5, "each issuer has its own users");
}

#[tokio::test]
async fn an_issuer_without_an_audience_is_taken_at_its_word_only_where_it_names_none_or_ours() {
    let bench = Bench::with(trusting_all(vec![other(shared(), Ids::Shared)]));
    for (audience, good) in [
        (Value::Null, true),
        (json!("http://127.0.0.1:8080"), true),
        (json!(["mail", "http://127.0.0.1:8080"]), true),
        (json!("mail"), false),
        (json!([]), false),
    ] {
        let expected = if good { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        let token = hs256_token(&claims_with("aud", audience.clone()));
        assert_eq!(bench.try_token(&token).await, expected, "{audience}");
    }
}

#[tokio::test]
async fn only_the_service_that_shares_its_secret_may_leave_its_name_out() {
    for may_be_unnamed in [false, true] {
        let issuer = Issuer { may_be_unnamed, ..other(shared(), Ids::Shared) };
        let bench = Bench::with(trusting_all(vec![issuer]));
        let mut claims = claims_with("iss", Value::Null);
        claims.as_object_mut().unwrap().remove("aud");
        let expected = if may_be_unnamed { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(bench.try_token(&hs256_token(&claims)).await, expected);
        let forged =
            forge(&json!({"alg": "HS256"}), &claims, hs256(b"another secret of thirty-two bytes"));
        assert_eq!(bench.try_token(&forged).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn claims_about_a_new_user_are_copied_once() {
    let bench = Bench::with(trusting(shared()));
    let mut claims = claims();
    let said = json!({
        "email": "Grace@example.org", "email_verified": true, "name": " Grace Hopper ", "locale": "de-CH"
    });
    claims.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    let account = bench.with_token("GET", "/v1/account", &hs256_token(&claims)).await;
    assert_eq!(account.text("/data/email"), "Grace@example.org");
    assert_eq!(account.json["data"]["emailVerified"], json!(true));
    assert_eq!(account.text("/data/language"), "de");
    let name = async |claims: &Value| {
        bench.with_token("GET", "/v1/profile", &hs256_token(claims)).await.text("/data/displayName")
    };
    assert_eq!(name(&claims).await, "Grace Hopper");
    claims["name"] = json!("Somebody else");
    assert_eq!(name(&claims).await, "Grace Hopper");
}

#[tokio::test]
async fn a_taken_or_unverified_address_does_not_prevent_the_sign_in() {
    let bench = Bench::with(trusting(shared()));
    bench.register("ada@example.org").await;
    let with_email = |subject: &str, email: &str, verified: Value| {
        let mut claims = claims_with("sub", json!(subject));
        (claims["email"], claims["email_verified"]) = (json!(email), verified);
        hs256_token(&claims)
    };
    for token in [
        with_email("one", "ada@example.org", json!(true)),
        with_email("two", "eve@example.org", json!(false)),
        with_email("three", "not one", json!("true")),
    ] {
        let account = bench.with_token("GET", "/v1/account", &token).await;
        assert_eq!(
            (account.status, &account.json["data"]["email"]),
            (StatusCode::OK, &Value::Null)
        );
    }
    bench.register("eve@example.org").await;
    let closed = Bench::with(with_identity(trusting(shared()), |identity| {
        identity.local_registration = false;
    }));
    let token = with_email("two", "eve@example.org", json!(false));
    let account = closed.with_token("GET", "/v1/account", &token).await;
    assert_eq!(account.text("/data/email"), "eve@example.org");
    assert_eq!(account.json["data"]["emailVerified"], json!(false));
}

#[tokio::test]
async fn with_an_external_issuer_registration_is_refused_and_names_it() {
    let bench = Bench::with(with_identity(trusting(shared()), |identity| {
        identity.local_registration = false;
    }));
    let body = json!({"email": "ada@example.org", "password": selfsame_testbed::bench::PASSWORD});
    let refused = bench.post("/auth/register", body).await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::FORBIDDEN, "forbidden"));
    assert!(refused.problem.unwrap().in_words().contains(OTHER));
}

#[tokio::test]
async fn a_recent_auth_time_of_the_issuer_counts_and_refusals_name_a_way_on() {
    let now = 1_769_851_800;
    let bench = Bench::with(trusting(shared()));
    let call = async |path: &str, body: Value, auth_time: &Value| {
        let token = hs256_token(&claims_with("auth_time", auth_time.clone()));
        let request = request("POST", path).header("authorization", format!("Bearer {token}"));
        bench.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let initiate = "/auth/profile/email/initiate";
    for (number, auth_time) in [json!(now), json!(now - 599), json!(now + 60)].iter().enumerate() {
        let body = json!({"newEmail": format!("a{number}@example.org")});
        assert_eq!(call(initiate, body, auth_time).await.status, StatusCode::OK, "{auth_time}");
    }
    for auth_time in [json!(now - 600), json!(now + 61), json!(-1e300), Value::Null] {
        let refused = call(initiate, json!({"newEmail": "late@example.org"}), &auth_time).await;
        assert_eq!(
            (refused.status, refused.code().0),
            (StatusCode::FORBIDDEN, "reauthentication_required")
        );
        let text = refused.problem.unwrap().in_words();
        assert!(text.contains(OTHER) && text.contains("auth_time"), "{text}");
        assert!(!text.contains("/auth/reauthenticate"), "{text}");
    }
    let body = json!({"password": selfsame_testbed::bench::PASSWORD});
    let refused = call("/auth/reauthenticate", body, &Value::Null).await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::CONFLICT, "conflict"));
    assert!(refused.problem.unwrap().in_words().contains(OTHER));
}

#[tokio::test]
async fn a_logout_with_an_external_token_is_refused() {
    let bench = Bench::with(trusting(shared()));
    let token = hs256_token(&claims());
    let out = bench.with_token("POST", "/auth/logout", &token).await;
    assert_eq!((out.status, out.code().0), (StatusCode::CONFLICT, "conflict"));
    assert!(out.problem.unwrap().in_words().contains(OTHER));
    assert_eq!(bench.try_token(&token).await, StatusCode::OK);
}

#[tokio::test]
async fn keys_that_were_asked_for_come_also_where_the_caller_hangs_up() {
    let bench = Bench::with(trusting(IssuerKeys::Url(URL.into())));
    let (sign, key) = es256("one");
    publish(&bench, &[&key]);
    let token = sign(&claims());
    let silence = bench.jwks.answering.lock().await;
    {
        let mut call = std::pin::pin!(bench.try_token(&token));
        while fetches(&bench) == 0 {
            let poll = |context: &mut std::task::Context<'_>| {
                std::task::Poll::Ready(call.as_mut().poll(context).is_ready())
            };
            assert!(!std::future::poll_fn(poll).await, "no answer yet");
            tokio::task::yield_now().await;
        }
    }
    drop(silence);
    assert_eq!(bench.try_token(&token).await, StatusCode::OK);
    assert_eq!(fetches(&bench), 1, "the issuer is not asked again for everybody who hangs up");
}
