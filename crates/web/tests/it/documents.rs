use std::collections::{BTreeSet, HashSet};

use selfsame_web::{Code, openapi};
use serde_json::Value;

use crate::app::{App, FEATURES, infos, request};

fn document() -> Value {
    openapi(&infos())
}

fn walk<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v str, &'v Value)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                visit(name, value);
                walk(value, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, methods)| (path, methods);
    paths
        .iter()
        .map(of)
        .flat_map(|(path, methods): (&String, &Value)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut count = 0;
    walk(&document, &mut |name, value| {
        if name == "$ref" {
            let pointer = value.as_str().unwrap().strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
            count += 1;
        }
    });
    assert!(count > 50);
}

#[test]
fn every_route_is_documented_and_operation_ids_differ() {
    let document = document();
    let ids: HashSet<_> = operations(&document)
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    let routes = FEATURES.iter().flat_map(|feature| (feature.routes)()).count();
    assert_eq!(ids.len(), routes);
    assert!(ids.contains("getV1NotesById") && ids.contains("postV1NotesSlow"));
}

#[test]
fn every_parameter_of_a_path_is_declared() {
    for (path, method, operation) in operations(&document()) {
        let names =
            path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        for name in names {
            let parameters = operation["parameters"].as_array().unwrap();
            let declared = parameters.iter().any(|parameter| {
                parameter["in"] == "path"
                    && parameter["name"] == name
                    && parameter["required"] == true
            });
            assert!(declared, "{method} {path}");
        }
    }
}

#[test]
fn every_example_fits_its_schema() {
    let document = document();
    let mut checked = 0;
    for (path, method, operation) in operations(&document) {
        walk(operation, &mut |name, value| {
            if name != "content" {
                return;
            }
            for media in value.as_object().unwrap().values() {
                let (Some(schema), Some(example)) = (media.get("schema"), media.get("example"))
                else {
                    continue;
                };
                let mut schema = schema.clone();
                schema["components"] = document["components"].clone();
                let validator = jsonschema::validator_for(&schema).unwrap();
                let errors: Vec<_> =
                    validator.iter_errors(example).map(|error| error.to_string()).collect();
                assert!(errors.is_empty(), "{method} {path}: {errors:?}");
                checked += 1;
            }
        });
    }
    assert_eq!(checked, 6);
}

#[test]
fn a_type_that_reads_otherwise_than_it_writes_has_two_schemas() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["TagInput"]["required"], serde_json::json!(["name"]));
    assert_eq!(schemas["Tag"]["required"], serde_json::json!(["name", "weight"]));
    assert_eq!(
        schemas["NewNote"]["properties"]["tags"]["items"]["$ref"],
        "#/components/schemas/TagInput"
    );
    assert_eq!(schemas["Note"]["properties"]["tags"]["items"]["$ref"], "#/components/schemas/Tag");
}

#[test]
fn access_method_and_body_bring_their_problems() {
    let document = document();
    let statuses = |path: &str, method: &str| {
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        responses.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(statuses("/v1/notes", "get"), "200 304 400 429 503");
    assert_eq!(statuses("/v1/notes", "post"), "201 400 401 408 409 413 415 422 429 503");
    assert_eq!(statuses("/v1/notes/{id}", "get"), "200 304 400 401 404 429 503");
    assert_eq!(statuses("/v1/notes/{id}", "delete"), "204 400 401 403 404 429 503");
    let conflict = &document["paths"]["/v1/notes"]["post"]["responses"]["409"]["description"];
    assert!(conflict.as_str().unwrap().contains("`conflict`"));
    assert_eq!(document["paths"]["/v1/notes"]["get"]["security"], serde_json::json!([]));
    assert_eq!(
        document["paths"]["/v1/notes/{id}"]["delete"]["security"],
        serde_json::json!([{"bearer": ["notes:write"]}])
    );
}

#[test]
fn every_answer_declares_its_headers() {
    let document = document();
    let headers = |path: &str, method: &str, status: &str| {
        let headers =
            document["paths"][path][method]["responses"][status]["headers"].as_object().unwrap();
        headers.keys().map(String::as_str).collect::<BTreeSet<_>>()
    };
    let everywhere = ["RateLimit", "RateLimit-Policy", "X-Request-Id"];
    let of_problems = ["Content-Language", "Vary"];
    let with =
        |more: &[&'static str]| everywhere.iter().chain(more).copied().collect::<BTreeSet<_>>();
    let problem = |more: &[&'static str]| with(&[&of_problems[..], more].concat());
    assert_eq!(headers("/v1/notes", "get", "200"), with(&["ETag", "Link"]));
    assert_eq!(headers("/v1/notes", "get", "304"), with(&["ETag"]));
    assert_eq!(
        headers("/v1/notes", "post", "201"),
        with(&["ETag", "Idempotent-Replayed", "Preference-Applied"])
    );
    assert_eq!(headers("/v1/notes", "post", "400"), problem(&[]));
    assert_eq!(headers("/v1/notes", "post", "401"), problem(&["WWW-Authenticate"]));
    for status in ["409", "429", "503"] {
        assert_eq!(headers("/v1/notes", "post", status), problem(&["Retry-After"]));
    }
    assert_eq!(headers("/v1/notes/{id}", "delete", "204"), with(&[]));
}

#[test]
fn codes_are_open_texts_with_the_present_ones_listed() {
    let document = document();
    for (schema, known) in [("Problem", "invalid_request"), ("FieldFault", "too_short")] {
        let code = &document["components"]["schemas"][schema]["properties"]["code"];
        assert_eq!((&code["type"], code.get("enum")), (&Value::from("string"), None));
        assert!(code["x-extensible-enum"].as_array().unwrap().contains(&known.into()));
        assert!(code["description"].as_str().unwrap().contains(&format!("- `{known}`")));
    }
}

#[tokio::test]
async fn the_problem_that_is_sent_fits_its_schema() {
    let app = App::new();
    let mut schema = document()["components"]["schemas"]["Problem"].clone();
    schema["additionalProperties"] = false.into();
    schema["components"] = document()["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for path in ["/nowhere", "/v1/notes?limit=0", "/odd/panic", "/odd/status/503"] {
        let problem = app.get(path).await.json();
        assert!(validator.is_valid(&problem), "{problem}");
    }
}

#[tokio::test]
async fn the_document_is_served_and_can_be_kept() {
    let app = App::new();
    let answer = app.get("/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.json(), document());
    assert_eq!(answer.header("cache-control"), "no-cache");
    let again = request("GET", "/openapi.json", &[("if-none-match", answer.header("etag"))], "");
    assert_eq!(app.send(again).await.status, 304);
}

#[tokio::test]
async fn the_page_shows_everything_without_scripts_and_from_here_alone() {
    let app = App::new();
    let answer = app.get("/docs").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(
        answer
            .header("content-security-policy")
            .starts_with("default-src 'none'; style-src 'self'")
    );
    for (path, method, operation) in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(answer.text.contains(&format!("id=\"{id}\"")), "{method} {path}");
    }
    for forbidden in ["<script", "http://", "https://", "style=\"", "<b>not</b>"] {
        assert!(!answer.text.contains(forbidden), "{forbidden}");
    }
    assert!(answer.text.contains("&lt;b&gt;not&lt;/b&gt;"));
    assert!(answer.text.contains("curl -X POST &quot;$SELFSAME/v1/notes&quot;"));
    let sheet = app.get("/docs/style.css").await;
    assert_eq!((sheet.status, sheet.header("content-type")), (200, "text/css; charset=utf-8"));
}

#[tokio::test]
async fn every_type_of_problem_leads_to_its_explanation() {
    let app = App::new();
    for code in Code::ALL {
        let path = format!("/problems/{}", code.as_str());
        let json = app.get(&path).await.json();
        assert_eq!(json["data"]["status"], code.status().as_u16());
        assert!(json["data"]["description"].as_str().unwrap().len() > 10);
        let page = app.send(request("GET", &path, &[("accept", "text/html,*/*")], "")).await;
        assert!(
            page.text.contains(code.as_str())
                && page.header("content-type").starts_with("text/html")
        );
    }
    assert_eq!(app.get("/problems/unheard_of").await.code(), "not_found");
}
