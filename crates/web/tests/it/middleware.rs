use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use selfsame_web::{CorsHeaders, Hsts, MiddlewareSettings, ResponseObserver};
use serde_json::json;

use crate::app::{App, infos, request};

#[tokio::test]
async fn a_problem_has_the_one_shape() {
    let answer =
        App::new().send(request("GET", "/nowhere", &[("x-request-id", "order-7")], "")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.json(),
        json!({
            "type": "https://id.example.com/problems/not_found",
            "title": "Not found",
            "status": 404,
            "detail": "There is nothing here, or you may not see it.",
            "code": "not_found",
            "success": false,
            "error": "There is nothing here, or you may not see it.",
            "requestId": "order-7",
        })
    );
}

#[tokio::test]
async fn who_asks_for_problem_json_gets_it() {
    let app = App::new();
    for accept in ["application/problem+json", "text/html, Application/Problem+JSON;q=0.9"] {
        let answer = app.send(request("GET", "/nowhere", &[("accept", accept)], "")).await;
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let answer = app.send(request("GET", "/nowhere", &[("accept", "*/*")], "")).await;
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn what_axum_refuses_becomes_a_problem() {
    let app = App::new();
    let cases = [
        ("400", 400, "invalid_request"),
        ("401", 401, "unauthenticated"),
        ("403", 403, "forbidden"),
        ("404", 404, "not_found"),
        ("409", 409, "conflict"),
        ("413", 413, "payload_too_large"),
        ("415", 415, "unsupported_media_type"),
        ("422", 400, "invalid_request"),
        ("429", 429, "rate_limited"),
        ("500", 500, "internal"),
        ("502", 500, "internal"),
        ("503", 503, "unavailable"),
    ];
    for (given, status, code) in cases {
        let answer = app.get(&format!("/odd/status/{given}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    }
    let answer = app.get("/v1/notes/not-a-number").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"));
    assert_eq!(app.get("/odd/status/401").await.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn another_method_is_refused_and_the_right_ones_are_named() {
    let app = App::new();
    let answer = app.send(request("PATCH", "/v1/notes", &[], "")).await;
    assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"));
    let mut allowed: Vec<_> = answer.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_panic_is_an_internal_problem_that_shows_only_the_id() {
    let app = App::new();
    for method in ["GET", "POST"] {
        let answer = app.send(request(method, "/odd/panic", &[("idempotency-key", "k")], "")).await;
        assert_eq!((answer.status, answer.code().as_str()), (500, "internal"));
        assert!(!answer.text.contains("secret"));
        assert_eq!(answer.json()["requestId"], answer.header("x-request-id"));
    }
    assert_eq!(app.get("/v1/notes").await.status, 200);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = App::new();
    for path in ["/v1/notes", "/nowhere"] {
        let get = app.get(path).await;
        let head = app.send(request("HEAD", path, &[], "")).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""));
        assert_eq!(head.header("content-length"), get.text.len().to_string());
        assert_eq!(head.header("etag"), get.header("etag"));
    }
}

#[tokio::test]
async fn what_the_caller_has_already_is_not_sent_again() {
    let app = App::new();
    let tag = app.get("/v1/notes/1").await.header("etag").to_owned();
    let known = [
        "*",
        &tag,
        &format!("W/{tag}"),
        &format!("\"other\", {tag}"),
        &format!("\"a\",W/{tag},\"b\""),
    ];
    for known in known {
        let answer = app.send(request("GET", "/v1/notes/1", &[("if-none-match", known)], "")).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{known}");
        assert_eq!(answer.header("etag"), tag);
        assert_eq!(answer.header("content-type"), "");
    }
    for other in ["\"other\"", "", "W/\"other\", \"another\"", tag.trim_matches('"')] {
        let answer = app.send(request("GET", "/v1/notes/1", &[("if-none-match", other)], "")).await;
        assert_eq!(answer.status, 200, "{other}");
    }
    let answer = app.send(request("GET", "/v1/notes/2", &[("if-none-match", &tag)], "")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn every_answer_has_the_guarding_headers() {
    let app = App::new();
    for path in ["/v1/notes", "/nowhere", "/odd/panic"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn a_route_may_have_its_own_policy_and_cache() {
    let answer = App::new().get("/odd/page").await;
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    assert_eq!(answer.header("content-security-policy"), "default-src 'self'");
    assert_eq!(answer.text, "text of our own");
}

#[tokio::test]
async fn how_long_browsers_come_over_tls_only_is_a_setting() {
    let header = async |days: u64, subdomains| {
        let hsts = Hsts::new(Duration::from_hours(24 * days), subdomains);
        let answer = App::with(|settings| settings.hsts = hsts).get("/v1/notes").await;
        answer.header("strict-transport-security").to_owned()
    };
    assert_eq!(header(1, false).await, "max-age=86400");
    assert_eq!(header(1, true).await, "max-age=86400; includeSubDomains");
    assert_eq!(header(0, true).await, "");
}

#[tokio::test]
async fn the_status_of_a_handler_is_answered_unchanged() {
    for (status, code) in [
        (416, "range_not_satisfiable"),
        (404, "not_found"),
        (413, "payload_too_large"),
        (415, "unsupported_media_type"),
    ] {
        let answer = App::new().get(&format!("/odd/status/{status}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    }
}

#[tokio::test]
async fn without_tls_there_is_no_hsts() {
    let app = App::with(|settings| settings.public_url = "http://localhost:8080".into());
    assert_eq!(app.get("/v1/notes").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn a_foreign_request_id_is_taken_only_if_it_is_sane() {
    let app = App::new();
    let answer = app.send(request("GET", "/odd/client", &[("x-request-id", "a.B-7_")], "")).await;
    assert_eq!(
        (answer.header("x-request-id"), &answer.json()["data"]["requestId"]),
        ("a.B-7_", &json!("a.B-7_"))
    );
    let answer = app.send(request("GET", "/odd/client", &[("x-request-id", "a b")], "")).await;
    assert_eq!(answer.header("x-request-id").len(), 16);
}

#[tokio::test]
async fn only_trusted_proxies_name_the_client() {
    let forwarded = [("x-forwarded-for", "1.1.1.1, 203.0.113.9")];
    let anonymous = App::new().send(request("GET", "/odd/client", &forwarded, "")).await;
    assert_eq!(anonymous.json()["data"]["ip"], "192.0.2.7");
    let app =
        App::with(|settings| settings.trusted_proxies = vec!["192.0.2.0/24".parse().unwrap()]);
    let behind = app.send(request("GET", "/odd/client", &forwarded, "")).await;
    assert_eq!(behind.json()["data"]["ip"], "203.0.113.9");
}

#[tokio::test]
async fn the_device_is_cut_to_what_can_be_kept() {
    let app = App::new();
    let answer =
        app.send(request("GET", "/odd/client", &[("user-agent", &"x".repeat(500))], "")).await;
    assert_eq!(answer.json()["data"]["device"], "x".repeat(200));
    assert_eq!(app.get("/odd/client").await.json()["data"]["device"], json!(null));
}

fn two_origins(settings: &mut MiddlewareSettings) {
    settings.cors_origins =
        vec!["https://app.example.com".into(), "https://www.example.com/".into()];
}

#[tokio::test]
async fn a_configured_origin_may_read_and_send_cookies() {
    let app = App::with(two_origins);
    for origin in ["https://app.example.com", "https://www.example.com"] {
        for path in ["/v1/notes", "/nowhere"] {
            let answer = app.send(request("GET", path, &[("origin", origin)], "")).await;
            assert_eq!(answer.header("access-control-allow-origin"), origin);
            assert_eq!(answer.header("access-control-allow-credentials"), "true");
            assert!(answer.header("access-control-expose-headers").contains("Retry-After"));
            assert!(answer.headers.get_all("vary").iter().any(|varies| varies == "Origin"));
        }
    }
}

#[tokio::test]
async fn other_origins_may_not_read() {
    let app = App::with(two_origins);
    for origin in [
        "https://evil.example.com",
        "null",
        "http://app.example.com",
        "https://app.example.com.evil.org",
    ] {
        let answer = app.send(request("GET", "/v1/notes", &[("origin", origin)], "")).await;
        assert_eq!(answer.header("access-control-allow-origin"), "");
        assert_eq!(answer.header("vary"), "Origin");
    }
    let silent =
        App::new().send(request("GET", "/v1/notes", &[("origin", "https://a.org")], "")).await;
    assert_eq!((silent.header("access-control-allow-origin"), silent.header("vary")), ("", ""));
}

#[tokio::test]
async fn a_star_lets_every_origin_read_without_cookies() {
    let app = App::with(|settings| settings.cors_origins = vec!["*".into()]);
    let answer = app.send(request("GET", "/v1/notes", &[("origin", "https://a.org")], "")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn the_question_before_a_request_is_answered_without_the_route() {
    let app = App::with(two_origins);
    let ask = |origin| [("origin", origin), ("access-control-request-method", "PUT")];
    let answer =
        app.send(request("OPTIONS", "/v1/notes/1", &ask("https://app.example.com"), "")).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert!(answer.header("access-control-allow-methods").contains("PUT"));
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "Accept, Accept-Language, Authorization, Content-Type, X-Request-Id"
    );
    assert_eq!(answer.header("access-control-max-age"), "86400");
    let refused = app.send(request("OPTIONS", "/v1/notes/1", &ask("https://evil.org"), "")).await;
    assert_eq!(refused.header("access-control-allow-methods"), "");
    assert_eq!(app.send(request("OPTIONS", "/v1/notes", &[], "")).await.status, 405);
}

#[tokio::test]
async fn the_headers_that_pages_may_send_and_read_are_those_that_routes_declare() {
    let app = App::with(|settings| {
        two_origins(settings);
        settings.cors_headers = CorsHeaders::of(&infos());
    });
    let origin = ("origin", "https://app.example.com");
    let asked = [origin, ("access-control-request-method", "POST")];
    let taken = app.send(request("OPTIONS", "/v1/notes", &asked, "")).await;
    let taken = taken.header("access-control-allow-headers");
    assert!(
        taken.contains("Idempotency-Key")
            && taken.contains("If-None-Match")
            && taken.contains("Prefer"),
        "{taken}"
    );
    let read = app.send(request("GET", "/v1/notes", &[origin], "")).await;
    let read = read.header("access-control-expose-headers");
    for name in [
        "ETag",
        "Idempotent-Replayed",
        "Link",
        "Preference-Applied",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "WWW-Authenticate",
        "X-Request-Id",
    ] {
        assert!(read.split(", ").any(|exposed| exposed == name), "{name}: {read}");
    }
}

#[derive(Default)]
struct Seen(Mutex<Vec<(String, u16)>>);

impl ResponseObserver for Seen {
    fn answered(&self, method: &'static str, route: &'static str, status: StatusCode, _: Duration) {
        self.0.lock().unwrap().push((format!("{method} {route}"), status.as_u16()));
    }
}

#[tokio::test]
async fn every_answer_is_observed_under_the_name_of_its_route() {
    let seen = Arc::new(Seen::default());
    let app = App::with(|settings| settings.observer = Some(seen.clone()));
    app.get("/v1/notes/7?secret=1").await;
    app.get("/nowhere").await;
    app.post("/v1/notes", &[("idempotency-key", "k")], "{}").await;
    app.send(request("BREW", "/v1/notes", &[], "")).await;
    app.get("/odd/panic").await;
    app.get("/docs").await;
    let seen = seen.0.lock().unwrap();
    let expected = [
        ("GET /v1/notes/{id}", 200),
        ("GET -", 404),
        ("POST /v1/notes", 400),
        ("OTHER -", 405),
        ("GET /odd/panic", 500),
        ("GET /docs", 200),
    ];
    assert_eq!(*seen, expected.map(|(name, status)| (name.to_owned(), status)));
}
