//! One operation.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::answer_headers::{EVERYWHERE, of_answer, of_problems};
use crate::{Access, Answer, Code, RouteInfo};

/// Everything about `route` of the feature named `feature`.
pub(crate) fn describe(feature: &str, route: &RouteInfo, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": operation_id(&route.method, route.path),
        "tags": [feature],
        "summary": route.summary,
        "description": description(route),
        "parameters": parameters(route),
        "responses": responses(route, schemas),
        "security": security(route.access),
    });
    if let (false, Some(operation)) = (route.bodies.is_empty(), operation.as_object_mut()) {
        operation.insert("requestBody".into(), request_body(route, schemas));
    }
    operation
}

/// `GET /v1/profile/{userId}` as `getV1ProfileByUserId`: it changes only when the route does.
pub(crate) fn operation_id(method: &Method, path: &str) -> String {
    let mut id = method.as_str().to_ascii_lowercase();
    for segment in path.split('/') {
        let parameter = segment.strip_prefix('{').map(|rest| rest.trim_matches(['}', '*']));
        id.push_str(if parameter.is_some() { "By" } else { "" });
        parameter
            .unwrap_or(segment)
            .split(['-', '.', '_'])
            .for_each(|word| push_capitalized(&mut id, word));
    }
    id
}

fn push_capitalized(text: &mut String, word: &str) {
    let mut letters = word.chars();
    text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    text.push_str(letters.as_str());
}

fn description(route: &RouteInfo) -> String {
    let who = match route.access {
        Access::Public => "Anybody may call this.".to_owned(),
        Access::Viewer => "Anybody may call this; a token may show more.".to_owned(),
        Access::User => "For signed-in users.".to_owned(),
        Access::Service(scope) => format!("For services whose token has the scope `{scope}`."),
        Access::Operator(scope) => {
            format!(
                "For services whose token has the scope `{scope}`, and for signed-in administrators."
            )
        }
    };
    if route.description.is_empty() { who } else { format!("{} {who}", route.description) }
}

fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        Access::Viewer => json!([{}, {"bearer": []}]),
        Access::User => json!([{"bearer": []}]),
        Access::Service(scope) | Access::Operator(scope) => json!([{"bearer": [scope]}]),
    }
}

fn parameters(route: &RouteInfo) -> Vec<Value> {
    let described = route.parameters.iter().map(|parameter| {
        json!({
            "in": parameter.place,
            "name": parameter.name,
            "description": parameter.description,
            "required": parameter.required,
            "schema": parameter.schema,
        })
    });
    let mut all: Vec<Value> = described.collect();
    if route.method == Method::POST {
        all.push(json!({
            "in": "header",
            "name": "Idempotency-Key",
            "description": "The same request of the same caller, sent again with the same key within 24 hours, is done once and answered as it was the first time. Not looked at where the caller has no good token.",
            "required": false,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }));
    }
    if route.has_entity_tag() {
        all.push(json!({
            "in": "header",
            "name": "If-None-Match",
            "description": "The `ETag` of what you have: 304 says that it is still good.",
            "required": false,
            "schema": {"type": "string", "examples": ["\"Zk3bq0c1N2p4aXyZ\""]},
        }));
    }
    all
}

fn request_body(route: &RouteInfo, schemas: &mut Schemas) -> Value {
    let content: Map<String, Value> = route
        .bodies
        .iter()
        .map(|body| {
            let schema = body.schema.map(|schema| schemas.input(schema));
            (body.media_type.to_owned(), media(schema, body.example.clone()))
        })
        .collect();
    json!({"required": !route.body_is_optional, "content": content})
}

/// A body of bytes has no schema in OpenAPI 3.1: its media type says all.
fn media(schema: Option<Value>, example: Option<Value>) -> Value {
    let members = [("schema", schema), ("example", example)];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn responses(route: &RouteInfo, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    for answer in &route.answers {
        also(&mut responses, answer.status, good(route, answer, schemas));
    }
    if route.has_entity_tag() {
        let headers = components(["ETag"].into_iter().chain(EVERYWHERE));
        responses.insert(
            "304".into(),
            json!({"description": "What you have is still good.", "headers": headers}),
        );
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in common_problems(route) {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    for (status, codes) in by_status {
        responses.insert(status.to_string(), bad(&codes));
    }
    Value::Object(responses)
}

/// Adds a response; one with the same status but another media type is added to the first.
fn also(responses: &mut Map<String, Value>, status: u16, response: Value) {
    let first = responses.get_mut(&status.to_string()).and_then(|first| first.get_mut("content"));
    match (first.and_then(Value::as_object_mut), response.get("content").and_then(Value::as_object))
    {
        (Some(first), Some(more)) => first.extend(more.clone()),
        _ => drop(responses.insert(status.to_string(), response)),
    }
}

fn good(route: &RouteInfo, answer: &Answer, schemas: &mut Schemas) -> Value {
    let mut response =
        json!({"description": answer.description, "headers": good_headers(route, answer)});
    let Some(content) = &answer.content else { return response };
    let schema = content.schema.map(|schema| schemas.answer(schema));
    let described = if answer.enveloped {
        let example = content.example.as_ref().map(|data| json!({"success": true, "data": data}));
        media(Some(envelope(schema)), example)
    } else {
        media(schema, content.example.clone())
    };
    if let Some(members) = response.as_object_mut() {
        let content: Map<String, Value> =
            [(content.media_type.to_owned(), described)].into_iter().collect();
        members.insert("content".into(), Value::Object(content));
    }
    response
}

/// The headers of a good answer of `route`.
fn good_headers(route: &RouteInfo, answer: &Answer) -> Map<String, Value> {
    let own = route.sends.iter().map(|(name, description)| {
        ((*name).to_owned(), json!({"description": description, "schema": {"type": "string"}}))
    });
    let mut headers = components(of_answer(route, answer));
    headers.extend(own);
    headers
}

/// Headers that are explained once for all answers, by name.
fn components(names: impl IntoIterator<Item = &'static str>) -> Map<String, Value> {
    let described =
        |name: &str| (name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    names.into_iter().map(described).collect()
}

fn envelope(data: Option<Value>) -> Value {
    json!({
        "type": "object",
        "properties": {
            "success": {"const": true},
            "message": {"type": "string", "description": "Something for a person to read."},
            "data": data.unwrap_or_else(|| json!({})),
        },
        "required": ["success", "data"],
    })
}

fn bad(codes: &[Code]) -> Value {
    let described = |code: &Code| format!("`{}`: {}.", code.as_str(), code.title());
    let description: Vec<_> = codes.iter().map(described).collect();
    let body = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
    json!({
        "description": description.join(" "),
        "headers": components(of_problems(codes)),
        "content": {"application/json": body, "application/problem+json": body},
    })
}

/// What can go wrong with `route`: what it says itself, and what its access, path, method and body
/// bring with them. 500 is no part of the contract.
pub(crate) fn common_problems(route: &RouteInfo) -> Vec<Code> {
    let mut codes = vec![Code::Invalid];
    match route.access {
        Access::Public => {}
        Access::Viewer | Access::User => codes.push(Code::Unauthenticated),
        Access::Service(_) | Access::Operator(_) => {
            codes.extend([Code::Unauthenticated, Code::Forbidden]);
        }
    }
    if route.path.contains('{') {
        codes.push(Code::NotFound);
    }
    if !route.bodies.is_empty() {
        codes.extend([Code::RequestTimeout, Code::TooLarge, Code::UnsupportedMediaType]);
    }
    if route.method == Method::POST {
        codes.extend([Code::IdempotencyInFlight, Code::AnswerLost, Code::IdempotencyMismatch]);
    }
    codes.extend([Code::RateLimited, Code::Unavailable]);
    codes.extend_from_slice(&route.problems);
    // In the order of the table, each once.
    Code::ALL.iter().copied().filter(|code| codes.contains(code)).collect()
}
