//! Refresh tokens that browsers keep as cookies.

use super::*;

#[tokio::test]
async fn a_browser_gets_the_refresh_token_as_a_cookie_that_no_script_can_read() {
    let bench = Bench::new();
    let first = register_with_cookie(&bench).await;
    assert_eq!(first.json["data"].get("refreshToken"), None);
    let attributes = set_cookie(&first);
    assert!(attributes.starts_with("selfsame_refresh=0"), "{attributes}");
    assert!(
        attributes.ends_with("; Path=/auth; Max-Age=2592000; HttpOnly; SameSite=Strict"),
        "{attributes}"
    );
    let second =
        with_cookie(&bench, "/auth/refresh", &cookie(&first), Some("http://127.0.0.1:8080")).await;
    assert_eq!(second.status, StatusCode::OK, "{second:?}");
    assert_ne!(cookie(&second), cookie(&first));
    let out =
        with_cookie(&bench, "/auth/logout", &cookie(&second), Some("http://127.0.0.1:8080")).await;
    assert!(set_cookie(&out).starts_with("selfsame_refresh=; Path=/auth; Max-Age=0"), "{out:?}");
    assert_eq!(bench.try_token(&second.access()).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookie_is_sent_only_over_tls_where_there_is_tls() {
    let origin = "https://id.example.org";
    let bench = Bench::with(with_urls(settings(), |urls| urls.public = origin.into()));
    let body =
        json!({"email": "ada@example.org", "password": PASSWORD, "session": "cookie"}).to_string();
    let request =
        request("POST", "/auth/register").header("origin", origin).body(Body::from(body)).unwrap();
    assert!(set_cookie(&bench.send(request).await).ends_with("; Secure"));
}

#[tokio::test]
async fn under_tls_the_cookie_is_of_this_host_alone_and_no_other_name_is_taken() {
    let origin = "https://id.example.org";
    let bench = Bench::with(with_urls(settings(), |urls| urls.public = origin.into()));
    let body =
        json!({"email": "ada@example.org", "password": PASSWORD, "session": "cookie"}).to_string();
    let request =
        request("POST", "/auth/register").header("origin", origin).body(Body::from(body)).unwrap();
    let first = bench.send(request).await;
    let lines = |answer: &BenchAnswer| {
        let all = answer.headers.get_all(SET_COOKIE).iter();
        all.map(|line| line.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let [kept, former, device, _] = <[String; 4]>::try_from(lines(&first)).unwrap();
    assert!(kept.starts_with("__Host-selfsame_refresh=0") && kept.contains("; Path=/;"), "{kept}");
    assert_eq!(
        former,
        "selfsame_refresh=; Path=/auth; Max-Age=0; HttpOnly; SameSite=Strict; Secure",
    );
    assert!(device.starts_with("__Host-selfsame_device=0"), "{device}");
    // A subdomain can set a cookie of this name: a browser without the real one would be signed in
    // as another user.
    let planted = cookie(&first).replace("__Host-", "");
    let refused = with_cookie(&bench, "/auth/refresh", &planted, Some(origin)).await;
    assert_ne!(refused.status, StatusCode::OK, "{refused:?}");
    let both = format!("{planted}; {}", cookie(&first));
    let next = with_cookie(&bench, "/auth/refresh", &both, Some(origin)).await;
    assert_eq!(next.status, StatusCode::OK, "{next:?}");
    assert_eq!(lines(&next)[1], former, "what a browser holds from before is cleared");
}

#[tokio::test]
async fn only_pages_of_the_public_url_may_use_the_cookie_whatever_host_the_request_names() {
    let bench =
        Bench::with(with_urls(settings(), |urls| urls.public = "https://id.example.org".into()));
    let body =
        json!({"email": "ada@example.org", "password": PASSWORD, "session": "cookie"}).to_string();
    for host in ["evil.example", "localhost", "id.example.org"] {
        let request = request("POST", "/auth/register").header("origin", "https://evil.example");
        let request = request.header("host", host).body(Body::from(body.clone())).unwrap();
        assert_eq!(bench.send(request).await.status, StatusCode::FORBIDDEN, "{host}");
    }
}

#[tokio::test]
async fn a_cookie_that_the_browser_would_drop_is_refused_with_what_to_do_instead() {
    let origins = vec!["https://app.example.net".into(), "https://app.example.org".into()];
    let public_url = "https://id.example.org".into();
    let bench = Bench::with(with_urls(settings(), |urls| {
        urls.public = public_url;
        urls.origins = origins;
    }));
    let body =
        json!({"email": "ada@example.org", "password": PASSWORD, "session": "cookie"}).to_string();
    let from = |origin: &str, said: &str| {
        let mut call = request("POST", "/auth/register").header("origin", origin);
        if !said.is_empty() {
            call = call.header("sec-fetch-site", said);
        }
        bench.send(call.body(Body::from(body.clone())).unwrap())
    };
    for said in ["cross-site", ""] {
        let refused = from("https://app.example.net", said).await;
        assert_eq!((refused.status, refused.code().0), (StatusCode::FORBIDDEN, "forbidden"));
        let detail = &refused.problem.as_ref().unwrap().in_words();
        assert!(detail.contains("keep the refresh token yourself"), "{detail}");
        assert!(!refused.headers.contains_key(SET_COOKIE));
    }
    assert_eq!(from("https://app.example.org", "same-site").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn pages_of_other_sites_can_not_use_the_cookie() {
    let bench = Bench::with(with_urls(settings(), |urls| {
        urls.origins = vec!["https://app.example.org".into()];
    }));
    let first = register_with_cookie(&bench).await;
    for origin in [
        None,
        Some("https://evil.example"),
        Some("null"),
        Some("http://127.0.0.1:8080.evil.example"),
    ] {
        for path in ["/auth/refresh", "/auth/logout"] {
            let answer = with_cookie(&bench, path, &cookie(&first), origin).await;
            assert_eq!(
                (answer.status, answer.code().0),
                (StatusCode::FORBIDDEN, "forbidden"),
                "{origin:?}"
            );
        }
    }
    let app =
        with_cookie(&bench, "/auth/refresh", &cookie(&first), Some("https://app.example.org"))
            .await;
    assert_eq!(app.status, StatusCode::OK);
    let body = json!({"identifier": "ada@example.org", "password": PASSWORD, "session": "cookie"});
    assert_eq!(bench.post("/auth/login", body).await.code().0, "forbidden");
}

#[tokio::test]
async fn a_page_that_is_reached_by_another_name_may_use_the_cookie_there() {
    let bench = Bench::new();
    let at = |host: &str, origin: &str| {
        let body =
            json!({"identifier": "ada@example.org", "password": PASSWORD, "session": "cookie"});
        let request = request("POST", "/auth/login").header("host", host).header("origin", origin);
        bench.send(request.body(Body::from(body.to_string())).unwrap())
    };
    bench.register("ada@example.org").await;
    assert_eq!(at("localhost:8080", "http://localhost:8080").await.status, StatusCode::OK);
    for (host, origin) in [
        ("localhost:8080", "http://localhost:8081"),
        ("localhost:8080", "https://localhost:8080"),
        ("localhost:8080", "http://evil.example"),
        ("", "http://"),
    ] {
        assert_eq!(at(host, origin).await.status, StatusCode::FORBIDDEN, "{host} {origin}");
    }
}
