//! The running service, from outside.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use crate::support::{Answer, Server, selfsame, stdout};

const ADA: &str =
    r#"{"email":"ada@example.org","password":"notes on the analytical engine","username":"ada.l"}"#;

fn register(server: &Server) -> serde_json::Value {
    let answer = server.ask("POST /auth/register HTTP/1.1", ADA);
    assert_eq!(answer.status(), 201, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn it_lives_and_is_ready_and_says_how_long_each_dependency_took() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    assert_eq!(server.get("/healthz").text(), r#"{"status":"ok"}"#);
    let ready: serde_json::Value = serde_json::from_slice(&server.get("/readyz").body).unwrap();
    assert_eq!(ready["status"], "ready");
    let names: Vec<_> =
        ready["checks"].as_array().unwrap().iter().map(|check| &check["name"]).collect();
    assert_eq!(
        names,
        ["store.read", "store.write", "master_key", "data", "signing_keys", "pictures"]
    );
    assert!(ready["checks"][1]["latencyMs"].as_f64().unwrap() > 0.0);
}

#[test]
fn it_takes_no_huge_pages() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process())).unwrap();
    assert!(
        status.lines().any(|line| line.split_whitespace().eq(["THP_enabled:", "0"])),
        "{status}"
    );
}

#[test]
fn without_its_data_folder_it_ends_since_its_writes_would_be_lost() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    std::fs::rename(folder.path().join("d"), folder.path().join("moved")).unwrap();
    let mut stream = server.connect().unwrap();
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let (went_well, logged) = server.finish();
    assert!(!went_well);
    assert!(
        logged.iter().any(|line| line.contains("was moved or replaced while it was open")),
        "{logged:?}"
    );
}

#[test]
fn a_request_that_is_under_way_is_finished_before_the_service_stops() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let mut server = Server::start(&data, &[]);
    let mut stream = server.connect().unwrap();
    let length = ADA.len();
    write!(stream, "POST /auth/register HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n").unwrap();
    // The service logs it once its handler waits for the body.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.terminate();
    server.wait_for("stopping");
    stream.write_all(ADA.as_bytes()).unwrap();
    let answer = Answer::read(stream);
    assert_eq!(answer.status(), 201, "{}", answer.text());
    let (well, log) = server.finish();
    assert!(well && log.last().unwrap().contains("stopped"), "{log:#?}");
    assert!(stdout(&selfsame(&data, &["user", "list"])).contains("ada@example.org"));
}

#[test]
fn a_live_stream_gets_events_at_once_and_does_not_delay_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    let grant = register(&server);
    let bearer =
        format!("Authorization: Bearer {}", grant["data"]["accessToken"].as_str().unwrap());
    let mut stream = server.connect().unwrap();
    write!(stream, "GET /v1/account/events HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\n\r\n")
        .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "HTTP/1.1 200 OK");
    assert!(lines.any(|line| line.starts_with("id: ")), "the stream begins");
    let update = format!("PUT /v1/profile HTTP/1.1\r\n{bearer}");
    assert_eq!(server.ask(&update, r#"{"displayName":"Ada"}"#).status(), 200);
    assert!(lines.any(|line| line == "event: profile.updated"));
    server.terminate();
    // The end of the body and not only of the connection.
    let rest: Vec<String> = lines.collect();
    assert_eq!(
        rest.iter().rev().find(|line| !line.is_empty()).map(String::as_str),
        Some("0"),
        "{rest:#?}"
    );
    let (well, log) = server.finish();
    let cut = log.iter().any(|line| line.contains("did not finish in time"));
    assert!(well && !cut && log.last().unwrap().contains("stopped"), "{log:#?}");
}

#[test]
fn the_log_holds_no_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("LOG_LEVEL", "trace"), ("SELFSAME_LOG_FORMAT", "json")];
    let server = Server::start(&folder.path().join("d"), &settings);
    let grant = register(&server);
    let token = grant["data"]["accessToken"].as_str().unwrap_or_else(|| panic!("{grant}"));
    let wrong = r#"{"email":"ada@example.org","password":"a wrong password indeed"}"#;
    assert_eq!(server.ask("POST /auth/login HTTP/1.1", wrong).status(), 401);
    server.ask(&format!("GET /v1/account/sessions HTTP/1.1\r\nAuthorization: Bearer {token}"), "");
    server.get("/v1/profile/ada@example.org?email=ada@example.org");
    server.ask("POST /auth/login HTTP/1.1", r#"{"email":"ada@example.org""#);
    server.terminate();
    let (well, log) = server.finish();
    assert!(well);
    let answered = log.iter().filter(|line| line.contains("\"route\":\"/auth/login\"")).count();
    assert_eq!(answered, 2, "{log:#?}");
    for line in &log {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "not JSON: {line}");
        for personal in ["ada@", "ada.l", "analytical", "wrong password", "127.0.0.1\"", token] {
            assert!(!line.contains(personal), "{personal} in {line}");
        }
    }
}

#[test]
fn what_happens_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    register(&server);
    let answer = server.get("/metrics");
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let text = answer.text();
    for line in [
        r#"selfsame_http_requests_total{method="POST",route="/auth/register",status="201"} 1"#,
        r#"selfsame_http_request_duration_seconds_count{method="POST",route="/auth/register"} 1"#,
        r#"selfsame_build_info{version="0.1.0"} 1"#,
        "selfsame_process_resident_memory_bytes ",
        r#"selfsame_registrations_total{way="password"} 1"#,
        r#"selfsame_events_total{type="session.created"} 1"#,
        r#"selfsame_sign_ins_total{outcome="refused"} 0"#,
        "# EOF",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let commits = r#"selfsame_store_operation_duration_seconds_count{operation="commit"} "#;
    let counted = text.split(commits).nth(1).and_then(|rest| rest.lines().next()).unwrap();
    assert!(counted.parse::<u64>().unwrap() > 0);
    let page = include_str!("../../../../docs/metrics.md");
    for name in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        let documented = ["", "_total", "_info"].map(|ending| format!("### `{name}{ending}`"));
        assert!(documented.iter().any(|heading| page.contains(heading)), "{name}");
    }
}

#[test]
fn metrics_can_be_restricted_to_callers_with_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let token = "sesame-open-sesame";
    let server = Server::start(&folder.path().join("d"), &[("SELFSAME_METRICS_TOKEN", token)]);
    assert_eq!(server.get("/metrics").status(), 401);
    let with = |token: &str| {
        server.ask(&format!("GET /metrics HTTP/1.1\r\nAuthorization: Bearer {token}"), "").status()
    };
    assert_eq!((with("sesame-open-sesam3"), with(token)), (401, 200));
}

#[test]
fn every_path_of_the_interface_is_the_page_and_loads_only_its_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    for path in [
        "/",
        "/sign-in",
        "/register",
        "/forgot",
        "/reset",
        "/undo",
        "/account",
        "/account/privacy",
        "/u/ada",
    ] {
        let page = server.get(path);
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-cache"));
    }
    let script = server.get("/ui/app.js");
    let etag = script.header("etag").unwrap();
    let again = server.ask(&format!("GET /ui/app.js HTTP/1.1\r\nIf-None-Match: {etag}"), "");
    assert_eq!((again.status(), again.body.len()), (304, 0));
    assert_eq!(server.get("/ui/../Cargo.toml").status(), 404);
    assert_eq!(server.get("/nowhere").status(), 404);
}

#[test]
fn everything_that_the_page_loads_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    let page = server.get("/").text();
    let loaded: Vec<_> = page.split('"').filter(|part| part.starts_with("/ui/")).collect();
    assert!(loaded.len() > 3, "{page}");
    for path in loaded {
        assert_eq!(server.get(path).status(), 200, "{path}");
    }
}

#[test]
fn events_reach_the_file_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.jsonl");
    let server = Server::start(
        &folder.path().join("d"),
        &[("SELFSAME_EVENTS_FILE", file.to_str().unwrap())],
    );
    register(&server);
    // Undelivered events are delivered at the next start, so wait for the counter of deliveries.
    let delivered =
        |text: String| text.contains(r#"event_deliveries_total{reactor="file",outcome="done"}"#);
    while !delivered(server.get("/metrics").text()) {}
    let events = std::fs::read_to_string(&file).unwrap();
    assert!(
        events.lines().next().unwrap().contains(r#""eventType":"user.registered""#),
        "{events}"
    );
}

#[test]
fn a_user_made_by_the_command_line_can_sign_in_at_a_running_service() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d");
    let server = Server::start(&data, &[]);
    stdout(&selfsame(&data, &["load-demo", "--users", "3"]));
    let listed = stdout(&selfsame(&data, &["user", "list"]));
    let name = listed
        .lines()
        .find_map(|line| line.split_whitespace().nth(2).filter(|name| *name != "-"))
        .unwrap();
    let body = format!(r#"{{"username":"{name}","password":"correct demo battery staple"}}"#);
    let answer = server.ask("POST /auth/login HTTP/1.1", &body);
    assert_eq!(answer.status(), 200, "{}", answer.text());
}

#[test]
fn whoever_may_ask_nothing_more_may_still_open_pages() {
    let folder = tempfile::tempdir().unwrap();
    let server =
        Server::start(&folder.path().join("d"), &[("SELFSAME_ANONYMOUS_REQUESTS_PER_MINUTE", "1")]);
    assert_eq!(server.get("/v1/profile/by-username/ada").status(), 404);
    assert_eq!(server.get("/v1/profile/by-username/ada").status(), 429);
    assert_eq!(
        server.get("/v1/avatars/ada.svg").status(),
        200,
        "a page shows many pictures at once"
    );
    for path in [
        "/",
        "/sign-in",
        "/register",
        "/forgot",
        "/reset",
        "/account",
        "/account/privacy",
        "/u/ada",
        "/ui/app.js",
    ] {
        let answer = server.get(path);
        assert_eq!((answer.status(), answer.header("ratelimit")), (200, None), "{path}");
    }
}

#[test]
fn signing_in_registering_and_going_on_are_counted_each_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let limits = [
        ("SELFSAME_AUTH_REQUESTS_PER_MINUTE", "2"),
        ("SELFSAME_REGISTRATIONS_PER_MINUTE", "3"),
        ("SELFSAME_SESSION_REQUESTS_PER_MINUTE", "4"),
    ];
    let server = Server::start(&folder.path().join("d"), &limits);
    let rate_limit = |path: &str| {
        let answer = server.ask(&format!("POST {path} HTTP/1.1"), "{}");
        let [policy, left] =
            ["ratelimit-policy", "ratelimit"].map(|name| answer.header(name).unwrap().to_owned());
        (policy, left.split(';').nth(1).unwrap().to_owned())
    };
    assert_eq!(rate_limit("/auth/login"), ("\"auth\";q=2;w=60".into(), "r=1".into()));
    assert_eq!(rate_limit("/auth/register"), ("\"register\";q=3;w=60".into(), "r=2".into()));
    assert_eq!(rate_limit("/auth/refresh"), ("\"session\";q=4;w=60".into(), "r=3".into()));
    assert_eq!(rate_limit("/auth/logout"), ("\"session\";q=4;w=60".into(), "r=2".into()));
}

#[test]
fn an_unknown_path_is_a_page_for_browsers_and_a_problem_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("d"), &[]);
    let ask = |path: &str, accept: &str| {
        server.ask(&format!("GET {path} HTTP/1.1\r\nAccept: {accept}"), "")
    };
    let page = ask("/nowhere", "text/html,*/*;q=0.8");
    assert_eq!(
        (page.status(), page.header("content-type")),
        (404, Some("text/html; charset=utf-8"))
    );
    assert!(page.text().contains("/ui/app.js"));
    for (path, accept) in
        [("/nowhere", "*/*"), ("/v1/nowhere", "text/html"), ("/auth/nowhere", "text/html")]
    {
        let problem = ask(path, accept);
        assert_eq!(
            (problem.status(), problem.header("content-type")),
            (404, Some("application/json"))
        );
    }
}
