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
    errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

#[tokio::test]
async fn a_wrong_field_is_named_by_its_pointer() {
    let cases = [
        (r#"{"title":"a","colour":"red"}"#, "/colour", "unknown_field"),
        (
            r#"{"title":"a","tags":[{"name":"x"},{"name":"y","extra":1}]}"#,
            "/tags/1/extra",
            "unknown_field",
        ),
        (r#"{"title":"a","a/b~c":1}"#, "/a~1b~0c", "unknown_field"),
        (r#"{"tags":[]}"#, "/title", "required"),
        (r#"{"title":"a","tags":[{}]}"#, "/tags/0/name", "required"),
        (r#"{"title":"a","title":"b"}"#, "/title", "repeated"),
        (r#"{"title":7}"#, "/title", "wrong_type"),
        (r#"{"title":"a","pinned":1}"#, "/pinned", "wrong_type"),
        (r#"{"title":"a","tags":[{"name":"x","name":"y"}]}"#, "/tags/0/name", "repeated"),
        (r#"{"title":"a","tags":{"name":"x"}}"#, "/tags", "wrong_type"),
        (r#"{"title":"a","tags":[["x"]]}"#, "/tags/0", "wrong_type"),
        (r#"{"title":"a","tags":[{"name":"x","weight":256}]}"#, "/tags/0/weight", "out_of_range"),
        (r#"{"title":"a","tags":[{"name":"x","weight":1.5}]}"#, "/tags/0/weight", "wrong_type"),
        ("7", "", "wrong_type"),
        ("[]", "", "wrong_type"),
        (" [\"a\"]", "", "wrong_type"),
        ("null", "", "wrong_type"),
        ("{", "", "not_json"),
    ];
    for (body, pointer, code) in cases {
        let answer = post(body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{body}");
        assert_eq!(pointers(&answer), [(pointer.to_owned(), code.to_owned())], "{body}");
    }
}

#[tokio::test]
async fn one_answer_names_everything_that_is_wrong_with_a_body() {
    let body = r#"{"colour":"red","pinned":"yes","pinned":true,"tags":[{"name":"x"},{"weight":256,"name":7,"extra":1},{}],"shade":1}"#;
    let mut found = pointers(&post(body).await);
    found.sort();
    let expected = [
        ("/colour", "unknown_field"),
        ("/pinned", "repeated"),
        ("/pinned", "wrong_type"),
        ("/shade", "unknown_field"),
        ("/tags/1/extra", "unknown_field"),
        ("/tags/1/name", "wrong_type"),
        ("/tags/1/weight", "out_of_range"),
        ("/tags/2/name", "required"),
        ("/title", "required"),
    ];
    assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
}

#[tokio::test]
async fn a_body_of_faults_is_answered_with_a_bounded_number_of_them() {
    let members: Vec<_> = (0..150).map(|number| format!("\"field{number}\":1")).collect();
    assert_eq!(pointers(&post(&format!("{{{}}}", members.join(","))).await).len(), 25);
}

#[tokio::test]
async fn a_fault_is_written_in_the_language_that_is_asked_for() {
    let app = App::new();
    for (accept, language, message) in [
        ("de-CH, en;q=0.5", "de", "Das wird gebraucht."),
        ("pt, ja;q=0.5", "ja", "入力してください。"),
        ("pt", "en", "This is needed."),
    ] {
        let answer = app.post("/v1/notes", &[("accept-language", accept)], "{}").await;
        let body = answer.json();
        let fault =
            json!({"pointer": "/title", "code": "required", "params": {}, "message": message});
        assert_eq!(body["errors"], json!([fault]), "{accept}");
        assert_eq!(body["detail"], format!("title: {message}"));
        assert_eq!(
            (&body["error"], answer.header("content-language")),
            (&body["detail"], language)
        );
    }
    let long =
        app.post("/v1/notes", &[], r#"{"title":"a","tags":[{"name":"x","weight":256}]}"#).await;
    assert_eq!(long.json()["errors"][0]["params"], json!({"min": 0, "max": 255}));
}

#[tokio::test]
async fn what_is_not_one_json_value_is_refused() {
    let deep = "[".repeat(4000);
    let hidden = format!(r#"{{"title":"a","tags":{deep}"#);
    for body in [
        "",
        "{",
        "{\"title\":\"a\"} {}",
        "{\"title\":\"a\"}x",
        "title=a",
        "\u{feff}{}",
        &deep,
        &hidden,
    ] {
        let answer = post(body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{body}");
        assert!(!answer.text.contains("panic"));
    }
}

#[tokio::test]
async fn only_json_is_taken() {
    let app = App::new();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let answer = app
            .send(crate::app::request("POST", "/v1/notes", &[("content-type", kind)], "{}"))
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "unsupported_media_type"),
            "{kind}"
        );
    }
    for kind in
        ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
    {
        let body = r#"{"title":"a"}"#;
        let answer = app
            .send(crate::app::request("POST", "/v1/notes", &[("content-type", kind)], body))
            .await;
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
        let detail = "The body is larger than 4 kB, the most that this address takes.";
        assert_eq!(answer.json()["detail"], detail);
    }
    assert_eq!(app.post("/v1/notes/slow", &[], &"x".repeat(65_537)).await.status, 413);
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let app = App::new();
    let cases = [
        ("limit=0", "?limit", "out_of_range"),
        ("limit=101", "?limit", "out_of_range"),
        ("limit=256", "?limit", "out_of_range"),
        ("limit=-1", "?limit", "out_of_range"),
        ("limit=99999999999999999999", "?limit", "out_of_range"),
        ("limit=x", "?limit", "wrong_type"),
        ("limit=", "?limit", "wrong_type"),
        ("limit=1&limit=2", "?limit", "repeated"),
        ("page=2", "?page", "unknown_field"),
        ("cursor=AAAA", "?cursor", "foreign_cursor"),
    ];
    for (query, pointer, code) in cases {
        let answer = app.get(&format!("/v1/notes?{query}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{query}");
        assert_eq!(pointers(&answer), [(pointer.to_owned(), code.to_owned())], "{query}");
        if code == "out_of_range" {
            assert_eq!(
                answer.json()["errors"][0]["params"],
                json!({"min": 1, "max": 100}),
                "{query}"
            );
        }
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page_to_its_end() {
    let app = App::new();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..3 {
        let page = app.get(&format!("/v1/notes?limit=12{cursor}")).await.json();
        seen.extend(page["data"]["items"].as_array().unwrap().clone());
        cursor = page["data"]["nextCursor"]
            .as_str()
            .map(|next| format!("&cursor={next}"))
            .unwrap_or_default();
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
            prop_assert!(!problem.errors.is_empty() && !problem.in_words().is_empty());
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
