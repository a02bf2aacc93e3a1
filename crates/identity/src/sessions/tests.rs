mod cookies;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::StatusCode;
use http::header::SET_COOKIE;
use selfsame_events::Status;
use selfsame_web::Client;
use serde_json::{Value, json};

use selfsame_testbed::bench::{Bench, BenchAnswer, PASSWORD, request, settings, with_urls};

async fn refresh(bench: &Bench, token: &str) -> BenchAnswer {
    bench.post("/auth/refresh", json!({"refreshToken": token})).await
}

/// What a browser sends: the cookie, and the page's origin.
async fn with_cookie(bench: &Bench, path: &str, cookie: &str, origin: Option<&str>) -> BenchAnswer {
    let mut request = request("POST", path).header("cookie", format!("theme=dark; {cookie}"));
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    bench.send(request.body(Body::empty()).unwrap()).await
}

fn set_cookie(answer: &BenchAnswer) -> String {
    answer.headers[SET_COOKIE].to_str().unwrap().to_owned()
}

/// `name=value` of the cookie that an answer sets.
fn cookie(answer: &BenchAnswer) -> String {
    set_cookie(answer).split(';').next().unwrap().to_owned()
}

async fn register_with_cookie(bench: &Bench) -> BenchAnswer {
    let body =
        json!({"email": "ada@example.org", "password": PASSWORD, "session": "cookie"}).to_string();
    let request = request("POST", "/auth/register").header("origin", "http://127.0.0.1:8080");
    bench.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_and_lets_the_session_live_on() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    bench.advance(Duration::from_hours(29 * 24));
    let second = refresh(&bench, &first.refresh()).await;
    assert_eq!(second.status, StatusCode::OK, "{second:?}");
    assert_ne!(second.refresh(), first.refresh());
    assert_eq!(second.json["data"]["user"], first.json["data"]["user"]);
    bench.advance(Duration::from_hours(29 * 24));
    let third = refresh(&bench, &second.refresh()).await;
    assert_eq!(bench.try_token(&third.access()).await, StatusCode::OK);
    assert_eq!(bench.told(&first.user()).await, ["user.registered", "session.created"]);
}

#[tokio::test]
async fn a_session_that_is_not_refreshed_expires() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    bench.advance(Duration::from_hours(30 * 24));
    let late = refresh(&bench, &first.refresh()).await;
    assert_eq!((late.status, late.code().0), (StatusCode::UNAUTHORIZED, "unauthenticated"));
}

#[tokio::test]
async fn a_spent_refresh_token_that_comes_again_ends_the_session() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let second = refresh(&bench, &first.refresh()).await;
    let third = refresh(&bench, &second.refresh()).await;
    assert_eq!(bench.try_token(&third.access()).await, StatusCode::OK);
    let stolen = refresh(&bench, &first.refresh()).await;
    assert_eq!((stolen.status, stolen.code().0), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    assert_eq!(bench.try_token(&third.access()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&bench, &third.refresh()).await.status, StatusCode::UNAUTHORIZED);
    let entries = bench.entries(&first.user()).await;
    let (ended, reuse) = (&entries[2], &entries[3]);
    assert_eq!(
        (ended.event_type.as_str(), &ended.data["reason"]),
        ("session.ended", &json!("token_reuse"))
    );
    assert_eq!(reuse.event_type, "security.token_reuse");
    assert_eq!(reuse.data["sessionId"], ended.data["sessionId"]);
    assert_eq!(entries.len(), 4);
}

#[tokio::test]
async fn a_lost_answer_signs_nobody_out() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let lost = refresh(&bench, &first.refresh()).await;
    for _ in 0..3 {
        bench.advance(Duration::from_hours(8));
        let again = refresh(&bench, &first.refresh()).await;
        assert_eq!(again.refresh(), lost.refresh(), "no second token comes of a spent one");
    }
    assert_eq!(refresh(&bench, &lost.refresh()).await.status, StatusCode::OK);
    assert_eq!(bench.told(&first.user()).await, ["user.registered", "session.created"]);
}

#[tokio::test]
async fn a_spent_token_is_answered_a_hundred_times_and_no_more() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    refresh(&bench, &first.refresh()).await;
    for _ in 0..super::rule::REPEATS {
        assert_eq!(refresh(&bench, &first.refresh()).await.status, StatusCode::OK);
    }
    assert_eq!(refresh(&bench, &first.refresh()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.told(&first.user()).await.last().unwrap(), "security.token_reuse");
}

#[tokio::test]
async fn a_spent_token_is_good_only_for_the_kind_of_client_that_spent_it() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let by = |agent: &str| {
        let body = json!({"refreshToken": first.refresh()}).to_string();
        let mut call = request("POST", "/auth/refresh").body(Body::from(body)).unwrap();
        let client = call.extensions_mut().get_mut::<Client>().unwrap();
        client.device = Some(agent.into());
        bench.send(call)
    };
    assert_eq!(by("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0").await.status, StatusCode::OK);
    let updated = by("Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0").await;
    assert_eq!(updated.status, StatusCode::OK);
    assert_eq!(by("curl/8.5.0").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.try_token(&updated.access()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.told(&first.user()).await.last().unwrap(), "security.token_reuse");
}

#[tokio::test]
async fn a_spent_cookie_that_comes_in_a_body_is_a_copy() {
    let bench = Bench::new();
    let first = register_with_cookie(&bench).await;
    let own = Some("http://127.0.0.1:8080");
    let second = with_cookie(&bench, "/auth/refresh", &cookie(&first), own).await;
    let again = with_cookie(&bench, "/auth/refresh", &cookie(&first), own).await;
    assert_eq!(cookie(&again), cookie(&second));
    let copied = refresh(&bench, cookie(&first).split_once('=').unwrap().1).await;
    assert_eq!(copied.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.told(&first.user()).await.last().unwrap(), "security.token_reuse");
}

#[tokio::test]
async fn a_token_whose_successor_was_used_is_not_forgiven_however_soon_it_comes() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let second = refresh(&bench, &first.refresh()).await;
    let third = refresh(&bench, &second.refresh()).await;
    assert_eq!(refresh(&bench, &first.refresh()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.try_token(&third.access()).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_refreshes_at_once_all_get_the_same_token() {
    let bench = Arc::new(Bench::new());
    let first = bench.register("ada@example.org").await;
    let calls = (0..16).map(|_| {
        let (bench, token) = (Arc::clone(&bench), first.refresh());
        tokio::spawn(async move { refresh(&bench, &token).await.refresh() })
    });
    let mut tokens = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        tokens.push(call.await.unwrap());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(refresh(&bench, &tokens[0]).await.status, StatusCode::OK);
    assert_eq!(bench.told(&first.user()).await, ["user.registered", "session.created"]);
}

#[tokio::test]
async fn a_made_up_refresh_token_ends_nothing() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let second = refresh(&bench, &first.refresh()).await;
    bench.advance(Duration::from_mins(1));
    let user = first.user();
    let mut parts: Vec<_> = second.refresh().split('.').map(str::to_owned).collect();
    parts[2] = "A".repeat(43);
    let ahead = second.refresh().replacen(".2.", ".3.", 1);
    let elsewhere = second.refresh().replace(user.as_str(), "usr_01JD3Z5K8QW4N6R7T9V2X0Y1AB");
    for made_up in [parts.join("."), ahead, elsewhere, "x".into(), String::new(), "a.b.c.d".into()]
    {
        assert_eq!(refresh(&bench, &made_up).await.status, StatusCode::UNAUTHORIZED, "{made_up}");
    }
    assert_eq!(refresh(&bench, &second.refresh()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_beyond_the_limit_of_the_route_is_not_read() {
    let bench = Bench::new();
    let answer = refresh(&bench, &"x".repeat(70_000)).await;
    assert_eq!(
        (answer.status, answer.code().0),
        (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large")
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once_and_twice_is_no_error() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    assert_eq!(bench.try_token(&first.access()).await, StatusCode::OK);
    let out = bench.with_token("POST", "/auth/logout", &first.access()).await;
    assert_eq!((out.status, &out.json["success"]), (StatusCode::OK, &json!(true)));
    assert_eq!(bench.try_token(&first.access()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&bench, &first.refresh()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        bench.with_token("POST", "/auth/logout", &first.access()).await.status,
        StatusCode::OK
    );
    assert_eq!(bench.with_token("POST", "/auth/logout", "nonsense").await.status, StatusCode::OK);
    assert_eq!(
        bench.told(&first.user()).await,
        ["user.registered", "session.created", "session.ended"]
    );
    assert_eq!(bench.entries(&first.user()).await[2].data["reason"], "logout");
}

#[tokio::test]
async fn a_refresh_token_alone_signs_out_when_the_access_token_has_expired() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    bench.advance(Duration::from_hours(1));
    let out = bench.post("/auth/logout", json!({"refreshToken": first.refresh()})).await;
    assert_eq!(out.status, StatusCode::OK);
    assert_eq!(refresh(&bench, &first.refresh()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_that_ends_on_one_node_ends_on_another_as_soon_as_that_asks_the_store() {
    let bench = Bench::new();
    let mut asking = settings();
    asking.identity.tokens.believed = Duration::ZERO;
    let other = Bench::on(bench.store.clone(), bench.clock.clone(), asking, 2);
    let first = bench.register("ada@example.org").await;
    assert_eq!(
        other.try_token(&first.access()).await,
        StatusCode::OK,
        "one node's tokens are good on the other"
    );
    bench.with_token("POST", "/auth/logout", &first.access()).await;
    assert_eq!(other.try_token(&first.access()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&other, &first.refresh()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    bench.advance(Duration::from_mins(1));
    let body =
        json!({"email": "ada@example.org", "password": PASSWORD, "deviceName": "Kitchen tablet"});
    let second = bench.post("/auth/login", body).await;
    let list = bench.with_token("GET", "/v1/account/sessions", &second.access()).await;
    let items = list.json["data"]["items"].as_array().unwrap();
    let shown =
        |item: &Value| (item["device"].clone(), item["ip"].clone(), item["current"].clone());
    assert_eq!(shown(&items[0]), (json!("Kitchen tablet"), json!("203.0.113.7"), json!(true)));
    assert_eq!(shown(&items[1]), (json!("Firefox on Linux"), json!("203.0.113.7"), json!(false)));
    assert_eq!(items[1]["createdAt"], "2026-01-31T09:30:00.000Z");
    assert_eq!((items.len(), &list.json["data"]["nextCursor"]), (2, &Value::Null));
    assert_eq!(first.user(), second.user());
}

#[tokio::test]
async fn the_list_comes_a_page_at_a_time() {
    let bench = Bench::new();
    bench.register("ada@example.org").await;
    let token = bench.login("ada@example.org").await.access();
    let page = bench.with_token("GET", "/v1/account/sessions?limit=1", &token).await;
    let cursor = page.text("/data/nextCursor");
    let behind = bench
        .with_token("GET", &format!("/v1/account/sessions?limit=5&cursor={cursor}"), &token)
        .await;
    assert_eq!(behind.json["data"]["items"].as_array().unwrap().len(), 1);
    assert_ne!(behind.json["data"]["items"][0], page.json["data"]["items"][0]);
    let other = bench.register("eve@example.org").await.access();
    let other_cursor =
        bench.with_token("GET", &format!("/v1/account/sessions?cursor={cursor}"), &other).await;
    assert_eq!(other_cursor.code(), ("invalid_request", "?cursor"));
}

#[tokio::test]
async fn one_session_ends_another_at_once() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let second = bench.login("ada@example.org").await;
    assert_eq!(bench.try_token(&first.access()).await, StatusCode::OK);
    let list = bench.with_token("GET", "/v1/account/sessions", &second.access()).await;
    let sessions = list.json["data"]["items"].as_array().unwrap();
    let id = |current: bool| {
        let session = sessions.iter().find(|item| item["current"] == current).unwrap();
        session["sessionId"].as_str().unwrap().to_owned()
    };
    let path = format!("/v1/account/sessions/{}", id(false));
    assert_eq!(bench.with_token("DELETE", &path, &second.access()).await.status, StatusCode::OK);
    assert_eq!(bench.try_token(&first.access()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.try_token(&second.access()).await, StatusCode::OK);
    assert_eq!(
        bench.with_token("DELETE", &path, &second.access()).await.status,
        StatusCode::NOT_FOUND
    );
    let newest = bench.entries(&first.user()).await.pop().unwrap();
    assert_eq!(
        (newest.event_type.as_str(), &newest.data["reason"]),
        ("session.ended", &json!("revoked"))
    );
    assert_eq!(newest.data["sessionId"], id(false));
    assert_eq!(
        newest.origin.session_id.unwrap().as_str(),
        id(true),
        "it has the origin of the request"
    );
}

#[tokio::test]
async fn sessions_ended_by_a_change_name_its_origin() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    for _ in 0..24 {
        bench.login("ada@example.org").await;
    }
    let body = json!({"currentPassword": PASSWORD, "newPassword": "a bridge of very old and quiet stones"});
    let request = request("POST", "/v1/account/password")
        .header("authorization", format!("Bearer {}", first.access()));
    let answer = bench.send(request.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let entries = bench.entries(&first.user()).await;
    let changed = entries.iter().find(|entry| entry.event_type == "user.password_changed").unwrap();
    assert!(changed.origin.session_id.is_some());
    let ended: Vec<_> =
        entries.iter().filter(|entry| entry.event_type == "session.ended").collect();
    assert_eq!(ended.len(), 24);
    assert!(ended.iter().all(|entry| entry.origin.session_id == changed.origin.session_id));
}

#[tokio::test]
async fn only_the_owner_ends_a_session() {
    let bench = Bench::new();
    let ada = bench.register("ada@example.org").await;
    let eve = bench.register("eve@example.org").await;
    let list = bench.with_token("GET", "/v1/account/sessions", &ada.access()).await;
    let path = format!("/v1/account/sessions/{}", list.text("/data/items/0/sessionId"));
    assert_eq!(
        bench.with_token("DELETE", &path, &eve.access()).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(bench.try_token(&ada.access()).await, StatusCode::OK);
}

#[tokio::test]
async fn all_other_sessions_end_together() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let mut others = vec![first.access()];
    for _ in 0..24 {
        others.push(bench.login("ada@example.org").await.access());
    }
    let current = bench.login("ada@example.org").await.access();
    let ended = bench.with_token("DELETE", "/v1/account/sessions", &current).await;
    assert_eq!(ended.json["data"], json!({"endedSessions": 25}), "more than one commit holds");
    for other in others {
        assert_eq!(bench.try_token(&other).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(bench.try_token(&current).await, StatusCode::OK);
}

#[tokio::test]
async fn the_oldest_session_makes_room_for_the_fifty_first() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let mut second = None;
    for _ in 1..50 {
        bench.advance(Duration::from_millis(1));
        let token = bench.login("ada@example.org").await.access();
        second.get_or_insert(token);
    }
    assert_eq!(bench.try_token(&first.access()).await, StatusCode::OK);
    bench.advance(Duration::from_millis(1));
    bench.login("ada@example.org").await;
    assert_eq!(bench.try_token(&first.access()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.try_token(&second.unwrap()).await, StatusCode::OK);
    let last = bench.entries(&first.user()).await.pop().unwrap();
    assert_eq!(
        (last.event_type.as_str(), &last.data["reason"]),
        ("session.ended", &json!("limit"))
    );
}

#[tokio::test]
async fn a_suspended_account_is_signed_in_nowhere() {
    let bench = Bench::new();
    let first = bench.register("ada@example.org").await;
    let user = first.user();
    for (status, good) in [
        (Status::Suspended, false),
        (Status::Active, true),
        (Status::Leaving, false),
        (Status::Active, true),
    ] {
        let decide = |_: &_| {
            Ok::<_, selfsame_store::StoreError>((
                selfsame_events::Changes::none().status(status),
                (),
            ))
        };
        bench
            .app
            .platform
            .journal
            .change(&user, &[], &selfsame_events::Origin::default(), decide)
            .await
            .unwrap();
        let expected = if good { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(bench.try_token(&first.access()).await, expected);
        if !good {
            assert_eq!(refresh(&bench, &first.refresh()).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(bench.login("ada@example.org").await.status, StatusCode::FORBIDDEN);
        }
    }
}

/// Two nodes on one store without invalidation: each caches what it has seen for five minutes.
async fn two_nodes() -> (Bench, Bench, BenchAnswer) {
    let here = Bench::new();
    let there = Bench::on(here.store.clone(), here.clock.clone(), settings(), 2);
    let ada = here.register("ada@example.org").await;
    assert_eq!(rename(&here, &ada.access(), "Ada").await.status, StatusCode::OK);
    (here, there, ada)
}

async fn rename(bench: &Bench, token: &str, name: &str) -> BenchAnswer {
    let request = request("PUT", "/v1/profile").header("authorization", format!("Bearer {token}"));
    bench.send(request.body(Body::from(json!({"displayName": name}).to_string())).unwrap()).await
}

#[tokio::test]
async fn whose_session_was_ended_elsewhere_changes_nothing_more() {
    let (here, there, ada) = two_nodes().await;
    assert_eq!(
        there.with_token("POST", "/auth/logout", &ada.access()).await.status,
        StatusCode::OK
    );
    let event_types = here.told(&ada.user()).await;
    assert_eq!(
        here.try_token(&ada.access()).await,
        StatusCode::OK,
        "this node has not heard of it"
    );
    let refused = rename(&here, &ada.access(), "Somebody else").await;
    assert_eq!((refused.status, refused.code().0), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    assert_eq!(here.told(&ada.user()).await, event_types);
}

#[tokio::test]
async fn a_user_suspended_on_another_node_changes_nothing_until_reinstated() {
    let (here, there, ada) = two_nodes().await;
    let set = async |bench: &Bench, status| {
        let decide = |_: &_| {
            Ok::<_, selfsame_store::StoreError>((
                selfsame_events::Changes::none().status(status),
                (),
            ))
        };
        let origin = selfsame_events::Origin::default();
        bench.app.platform.journal.change(&ada.user(), &[], &origin, decide).await.unwrap();
    };
    set(&there, Status::Suspended).await;
    let event_types = here.told(&ada.user()).await;
    assert_eq!(
        rename(&here, &ada.access(), "Somebody else").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(here.login("ada@example.org").await.status, StatusCode::FORBIDDEN);
    assert_eq!(refresh(&here, &ada.refresh()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(here.told(&ada.user()).await, event_types);
    set(&there, Status::Active).await;
    let back = here.login("ada@example.org").await;
    assert_eq!(rename(&here, &back.access(), "Ada again").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_was_refreshed_elsewhere_goes_on_changing_things() {
    let (here, there, ada) = two_nodes().await;
    let next = refresh(&there, &ada.refresh()).await;
    for (name, token) in [("Ada L", ada.access()), ("Ada Lovelace", next.access())] {
        assert_eq!(rename(&here, &token, name).await.status, StatusCode::OK, "{name}");
    }
}
