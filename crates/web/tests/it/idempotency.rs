use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use selfsame_primitives::{ManualClock, Timestamp};
use selfsame_store::{Commit, Item, Key, Maintenance, MemoryStore, Page, Query, Store, StoreError};
use serde_json::json;

use crate::app::{App, answer, request};

const BODY: &str = r#"{"title":"a"}"#;
const KEY: &[(&str, &str)] = &[("idempotency-key", "key-1"), ("authorization", "Bearer usr_1.a")];

#[tokio::test]
async fn the_same_request_is_done_once_and_answered_twice() {
    let app = App::new();
    let first = app.post("/v1/notes", KEY, BODY).await;
    let second = app.post("/v1/notes", KEY, BODY).await;
    assert_eq!((first.status, second.status, app.done()), (201, 201, 1));
    assert_eq!(first.text, second.text);
    assert_eq!(first.header("etag"), second.header("etag"));
    assert_eq!(second.header("content-type"), "application/json");
    assert_eq!(
        (first.header("idempotent-replayed"), second.header("idempotent-replayed")),
        ("", "true")
    );
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn without_a_key_every_request_is_done_and_nothing_is_kept() {
    let app = App::new();
    app.post("/v1/notes", &[], BODY).await;
    app.post("/v1/notes", &[], BODY).await;
    assert_eq!((app.done(), app.store.stats().await.unwrap().commits), (2, 0));
}

#[tokio::test]
async fn a_key_is_good_for_one_body_only() {
    let app = App::new();
    app.post("/v1/notes", KEY, BODY).await;
    let others = [("/v1/notes", r#"{"title":"b"}"#), ("/v1/notes?x=1", BODY)];
    for (path, body) in others {
        let other = app.post(path, KEY, body).await;
        assert_eq!((other.status, other.code().as_str()), (422, "idempotency_mismatch"));
    }
    assert_eq!(app.done(), 1);
}

#[tokio::test]
async fn callers_paths_and_keys_do_not_share_answers() {
    let app = App::new();
    let with = |key, token| [("idempotency-key", key), ("authorization", token)];
    app.post("/v1/notes", KEY, BODY).await;
    app.post("/v1/notes", &with("key-1", "Bearer usr_2.a"), BODY).await;
    app.post("/v1/notes", &with("key-2", "Bearer usr_1.a"), BODY).await;
    assert_eq!(app.done(), 3);
    app.post("/v1/notes", &with("key-1", "Bearer usr_2.a"), BODY).await;
    assert_eq!(app.done(), 3);
}

#[tokio::test]
async fn a_caller_may_come_with_a_new_token() {
    let app = App::new();
    let with = |token| [("idempotency-key", "key-1"), ("authorization", token)];
    app.post("/v1/notes", &with("Bearer usr_1.old"), BODY).await;
    app.post("/v1/notes", &with("Bearer usr_1.new"), BODY).await;
    assert_eq!(app.done(), 1);
    let unknown = app.post("/v1/notes", &with("Bearer down.x"), BODY).await;
    assert_eq!(
        (unknown.status, app.done()),
        (503, 1),
        "nothing is done for a caller that may have had it done"
    );
}

#[tokio::test]
async fn for_callers_who_are_not_authenticated_nothing_is_kept() {
    let app = App::new();
    let key = ("idempotency-key", "key-1");
    let anonymous: [&[(&str, &str)]; 3] =
        [&[key], &[key, ("authorization", "Bearer bad.x")], &[key, ("cookie", "refresh=a")]];
    for headers in anonymous {
        let before = app.done();
        app.post("/v1/notes", headers, BODY).await;
        app.post("/v1/notes", headers, BODY).await;
        assert_eq!(app.done(), before + 2);
    }
    let before = app.done();
    let answer = app.post("/v1/notes", &[("idempotency-key", "not a good key")], BODY).await;
    assert_eq!((answer.status, app.done()), (400, before), "for every caller");
    assert_eq!(app.store.stats().await.unwrap().commits, 0);
}

#[tokio::test]
async fn a_day_later_the_key_is_free_again() {
    let app = App::new();
    app.post("/v1/notes", KEY, BODY).await;
    app.clock.advance(Duration::from_hours(24).checked_sub(Duration::from_millis(1)).unwrap());
    app.post("/v1/notes", KEY, BODY).await;
    assert_eq!(app.done(), 1);
    app.clock.advance(Duration::from_millis(1));
    app.post("/v1/notes", KEY, BODY).await;
    assert_eq!(app.done(), 2);
}

#[tokio::test]
async fn while_the_first_is_in_flight_the_second_is_refused() {
    let app = App::new();
    let stack = app.stack.clone();
    let headers = [KEY[0], KEY[1], ("content-type", "application/json")];
    let first = tokio::spawn(async move {
        answer(&stack, request("POST", "/v1/notes/slow", &headers, BODY)).await
    });
    while app.store.stats().await.unwrap().commits == 0 {
        tokio::task::yield_now().await;
    }
    let second = app.post("/v1/notes/slow", KEY, BODY).await;
    assert_eq!((second.status, second.code().as_str()), (409, "idempotency_in_flight"));
    assert_eq!(second.header("retry-after"), "1");
    let other = app.post("/v1/notes/slow", KEY, r#"{"title":"b"}"#).await;
    assert_eq!(other.code(), "idempotency_mismatch");
    app.shared.go.add_permits(1);
    let first = first.await.unwrap();
    assert_eq!(app.post("/v1/notes/slow", KEY, BODY).await.text, first.text);
    assert_eq!(app.done(), 1);
}

#[tokio::test]
async fn of_many_at_once_exactly_one_is_done() {
    let app = App::new();
    let send = || app.post("/v1/notes", KEY, BODY);
    let answers = futures_util::future::join_all((0..50).map(|_| send())).await;
    assert_eq!(app.done(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)));
    assert!(answers.iter().any(|answer| answer.status == 201));
}

#[tokio::test]
async fn a_request_is_finished_where_the_caller_hangs_up() {
    let app = App::new();
    let stack = app.stack.clone();
    let headers = [KEY[0], KEY[1], ("content-type", "application/json")];
    let first = tokio::spawn(async move {
        answer(&stack, request("POST", "/v1/notes/slow", &headers, BODY)).await
    });
    while app.store.stats().await.unwrap().commits == 0 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    app.shared.go.add_permits(1);
    while app.store.stats().await.unwrap().commits < 2 {
        tokio::task::yield_now().await;
    }
    let again = app.post("/v1/notes/slow", KEY, BODY).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), app.done()), (201, "true", 1));
}

#[tokio::test]
async fn a_stored_problem_is_written_in_the_form_that_is_asked_for() {
    let app = App::new();
    let wrong = r#"{"title":1}"#;
    let first = app.post("/v1/notes", KEY, wrong).await;
    let second = app
        .post(
            "/v1/notes",
            &[KEY[0], KEY[1], ("accept", "application/problem+json"), ("x-request-id", "two")],
            wrong,
        )
        .await;
    assert_eq!((first.status, second.status), (400, 400));
    assert_eq!(
        (second.header("content-type"), second.header("idempotent-replayed")),
        ("application/problem+json", "true")
    );
    let (mut expected, second) = (first.json(), second.json());
    expected["requestId"] = json!("two");
    assert_eq!(second, expected);
}

#[tokio::test]
async fn what_may_go_well_later_is_not_kept() {
    let app = App::new();
    for status in [401, 403, 408, 429, 500, 503] {
        let before = app.done();
        app.post(&format!("/odd/status/{status}"), KEY, "").await;
        app.post(&format!("/odd/status/{status}"), KEY, "").await;
        assert_eq!(app.done(), before + 2, "{status}");
    }
    for status in [200, 204, 400, 404, 409] {
        let before = app.done();
        app.post(&format!("/odd/status/{status}"), KEY, "").await;
        app.post(&format!("/odd/status/{status}"), KEY, "").await;
        assert_eq!(app.done(), before + 1, "{status}");
    }
}

#[tokio::test]
async fn behind_a_commit_the_key_stays_taken_whatever_is_answered() {
    let app = App::new();
    for status in [401, 403, 408, 429] {
        let before = app.done();
        let first = app.post(&format!("/odd/done/{status}"), KEY, "").await;
        let second = app.post(&format!("/odd/done/{status}"), KEY, "").await;
        assert_eq!((first.status, second.status, app.done()), (status, status, before + 1));
        assert_eq!(
            (first.header("idempotent-replayed"), second.header("idempotent-replayed")),
            ("", "true")
        );
    }
    let before = app.done();
    app.post("/odd/done/503", KEY, "").await;
    app.clock.advance(Duration::from_mins(1));
    let second = app.post("/odd/done/503", KEY, "").await;
    assert_eq!((second.code().as_str(), app.done()), ("answer_lost", before + 1));
}

#[tokio::test]
async fn a_panic_frees_the_key() {
    let app = App::new();
    for _ in 0..2 {
        assert_eq!(app.post("/odd/panic", KEY, "").await.code(), "internal");
    }
}

#[tokio::test]
async fn a_bad_key_is_refused() {
    let app = App::new();
    let long = "k".repeat(256);
    for key in ["", "two words", "schlüssel", long.as_str()] {
        let answer = app.post("/v1/notes", &[("idempotency-key", key), KEY[1]], BODY).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"));
        assert!(answer.json()["detail"].as_str().unwrap().contains("Idempotency-Key"));
    }
    let two = [("idempotency-key", "a"), ("idempotency-key", "b"), KEY[1]];
    assert_eq!(app.post("/v1/notes", &two, BODY).await.status, 400);
    assert_eq!(
        app.post("/v1/notes", &[("idempotency-key", &"k".repeat(255)), KEY[1]], BODY).await.status,
        201
    );
    assert_eq!(app.done(), 1);
}

#[tokio::test]
async fn kept_answers_cannot_be_read_from_the_store() {
    let app = App::new();
    app.post("/v1/notes", KEY, r#"{"title":"the-secret-word"}"#).await;
    let page = app.store.scan("idempotency/", None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let text = String::from_utf8(page.items[0].body.to_vec()).unwrap();
    assert!(text.starts_with("idempotency/1\n") && text.contains("sealed"));
    assert!(!text.contains("secret") && !page.items[0].key.partition.contains("key-1"));
}

#[tokio::test]
async fn other_methods_do_not_look_at_the_key() {
    let app = App::new();
    let get = || app.send(request("GET", "/odd/status/204", KEY, ""));
    get().await;
    get().await;
    assert_eq!((app.done(), app.store.stats().await.unwrap().commits), (2, 0));
}

/// A store that dies after the first commit: what a crash in the middle of a request looks like.
struct Dying {
    inner: Arc<MemoryStore>,
    dead: AtomicBool,
}

#[async_trait]
impl Store for Dying {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.inner.get(key).await
    }
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.inner.get_many(keys).await
    }
    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.inner.query(query).await
    }
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        if self.dead.swap(true, Ordering::SeqCst) {
            return Err(StoreError::Unavailable("dead".into()));
        }
        self.inner.commit(commit).await
    }
}

#[tokio::test]
async fn after_a_crash_the_key_is_free_when_its_lease_ends() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_769_851_800_000)));
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let dying = Arc::new(Dying { inner: store.clone(), dead: AtomicBool::new(false) });
    let crashed = App::on(clock.clone(), store.clone(), dying, |_| {});
    assert_eq!(crashed.post("/v1/notes", KEY, BODY).await.status, 201);
    let app = App::on(clock.clone(), store.clone(), store, |_| {});
    assert_eq!(app.post("/v1/notes", KEY, BODY).await.code(), "idempotency_in_flight");
    clock.advance(Duration::from_mins(1));
    assert_eq!((app.post("/v1/notes", KEY, BODY).await.status, app.done()), (201, 1));
}

#[tokio::test]
async fn where_the_store_is_down_the_request_is_not_begun() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_769_851_800_000)));
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let dead = Arc::new(Dying { inner: store.clone(), dead: AtomicBool::new(true) });
    let app = App::on(clock, store, dead, |_| {});
    let answer = app.post("/v1/notes", KEY, BODY).await;
    assert_eq!((answer.status, answer.code().as_str(), app.done()), (503, "unavailable", 0));
}
