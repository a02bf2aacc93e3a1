use http::Request;
use proptest::prelude::*;
use selfsame_web::{Paging, Query, parse};
use serde_json::{Value, json};

use crate::app::{Answer, App, NewNote};

async fn post(body: &str) -> Answer {
    App::new().post("/v1/notes", &[], body).await
}

fn pointers(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    errors.iter().map(|error| (text(error, "pointer"), text(error, "message"))).collect()
}

#[tokio::test]
async fn a_wrong_field_is_named_by_its_pointer() {
    let cases = [
        (r#"{"title":"a","colour":"red"}"#, "/colour", "is not known here"),
        (
            r#"{"title":"a","tags":[{"name":"x"},{"name":"y","extra":1}]}"#,
            "/tags/1/extra",
            "is not known here",
        ),
        (r#"{"title":"a","a/b~c":1}"#, "/a~1b~0c", "is not known here"),
        (r#"{"tags":[]}"#, "/title", "is required"),
        (r#"{"title":"a","tags":[{}]}"#, "/tags/0/name", "is required"),
        (r#"{"title":"a","title":"b"}"#, "/title", "is given twice"),
        (r#"{"title":7}"#, "/title", "must be a string"),
        (r#"{"title":"a","pinned":1}"#, "/pinned", "must be true or false"),
        (r#"{"title":"a","tags":[{"name":"x","name":"y"}]}"#, "/tags/0/name", "is given twice"),
        (r#"{"title":"a","tags":{"name":"x"}}"#, "/tags", "must be a list"),
        (r#"{"title":"a","tags":[{"name":"x","weight":256}]}"#, "/tags/0/weight", "must be a whole number"),
        ("7", "", "must be an object"),
        ("[]", "", "must be an object"),
        (" [\"a\"]", "", "must be an object"),
        ("null", "", "must be an object"),
    ];
    for (body, pointer, message) in cases {
        let answer = post(body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{body}");
        let (found, told) = pointers(&answer).remove(0);
        assert_eq!(found, pointer, "{body}");
        assert!(told.starts_with(message), "{body}: {told}");
    }
}

#[tokio::test]
async fn what_is_not_one_json_value_is_refused() {
    let deep = "[".repeat(4000);
    let hidden = format!(r#"{{"title":"a","tags":{deep}"#);
    for body in
        ["", "{", "{\"title\":\"a\"} {}", "{\"title\":\"a\"}x", "title=a", "\u{feff}{}", &deep, &hidden]
    {
        let answer = post(body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{body}");
        assert!(!answer.text.contains("panic"));
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    let app = App::new();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let answer =
            app.send(crate::app::request("POST", "/v1/notes", &[("content-type", kind)], "{}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (415, "unsupported_media_type"), "{kind}");
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        let body = r#"{"title":"a"}"#;
        let answer =
            app.send(crate::app::request("POST", "/v1/notes", &[("content-type", kind)], body)).await;
        assert_eq!(answer.status, 201, "{kind}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_of_its_route_is_refused_with_or_without_a_key() {
    let app = App::new();
    let fits = format!(r#"{{"title":"{}"}}"#, "x".repeat(4096 - 12));
    assert_eq!((fits.len(), app.post("/v1/notes", &[], &fits).await.status), (4096, 201));
    let large = format!("{fits} ");
    for headers in [&[][..], &[("idempotency-key", "k")]] {
        let answer = app.post("/v1/notes", headers, &large).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "payload_too_large"));
    }
    assert_eq!(app.post("/v1/notes/slow", &[], &"x".repeat(65_537)).await.status, 413);
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let app = App::new();
    let cases = [
        ("limit=0", "?limit", "must be 1 to 100"),
        ("limit=101", "?limit", "must be 1 to 100"),
        ("limit=256", "?limit", "must be a whole number"),
        ("limit=-1", "?limit", "must be a whole number"),
        ("limit=x", "?limit", "must be a whole number"),
        ("limit=", "?limit", "must be a whole number"),
        ("limit=1&limit=2", "?limit", "is given twice"),
        ("page=2", "?page", "is not known here"),
        ("cursor=AAAA", "?cursor", "is not one that this list has given to you"),
    ];
    for (query, pointer, message) in cases {
        let answer = app.get(&format!("/v1/notes?{query}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{query}");
        let (found, told) = pointers(&answer).remove(0);
        assert!(found == pointer && told.starts_with(message), "{query}: {found} {told}");
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page_to_its_end() {
    let app = App::new();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let page = app.get(&format!("/v1/notes?limit=12{cursor}")).await.json();
        seen.extend(page["data"]["items"].as_array().unwrap().clone());
        cursor =
            page["data"]["nextCursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert_eq!(seen, (0..30).map(|number| json!(number)).collect::<Vec<_>>());
    assert!(cursor.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_of_bodies_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse::<NewNote>(&bytes);
        let _ = parse::<Value>(&bytes);
    }

    #[test]
    fn no_json_makes_the_reader_of_bodies_panic(
        text in r#"\{("(title|tags|pin[`ned]{0,2}|/|~)":("[a-z`]{0,3}"|\[\{"name":[0-9]\}\]|null|1e[0-9]{1,3}),?){0,4}\}"#
    ) {
        if let Err(problem) = parse::<NewNote>(text.as_bytes()) {
            prop_assert_eq!(problem.errors.len(), 1);
            prop_assert!(!problem.detail.is_empty());
        }
    }

    #[test]
    fn no_query_makes_its_reader_panic(query in "[ -~]{0,80}") {
        let uri = http::Uri::builder().path_and_query(format!("/?{query}")).build();
        if let Ok(uri) = uri {
            let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
            let read = <Query<Paging> as axum::extract::FromRequestParts<()>>::from_request_parts(&mut parts, &());
            let read = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(read);
            if let Err(problem) = read {
                prop_assert!(problem.errors[0].pointer.starts_with('?'));
            }
        }
    }
}
