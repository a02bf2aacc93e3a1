//! The OpenAPI 3.1 document, made from the features' own list of routes.

mod operation;
mod plain;
mod schemas;

use serde_json::{Map, Value, json};

use crate::{Code, Fault, FeatureInfo, Text};
pub(crate) use operation::common_problems;
use schemas::Schemas;

/// The document for `features`.
#[must_use]
pub fn openapi(features: &[FeatureInfo]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for feature in features {
        for route in &feature.routes {
            let operation = operation::describe(feature.name, route, &mut schemas);
            let path = paths.entry(route.path).or_insert_with(|| json!({}));
            if let Some(path) = path.as_object_mut() {
                path.insert(route.method.as_str().to_ascii_lowercase(), operation);
            }
        }
    }
    let mut paths = Value::Object(paths);
    let mut components = components(schemas, &mut paths);
    plain::tidy(&mut paths);
    plain::tidy(&mut components);
    json!({
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{"url": "/", "description": "The server that gave you this document."}],
        "tags": tags(features),
        "paths": paths,
        "components": components,
    })
}

fn info() -> Value {
    json!({
        "title": "Selfsame",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "User profiles and accounts.",
        "description": "Answers are JSON in the envelope `{\"success\":true,\"data\":…}`; whatever goes wrong has the one shape of the schema `Problem` (RFC 9457). Times are RFC 3339 in UTC with milliseconds.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    })
}

fn tags(features: &[FeatureInfo]) -> Value {
    features
        .iter()
        .map(|feature| json!({"name": feature.name, "description": feature.promise}))
        .collect()
}

fn components(schemas: Schemas, paths: &mut Value) -> Value {
    let mut definitions = schemas.finish(paths);
    definitions.insert("Problem".into(), problem_schema());
    definitions.insert("FieldFault".into(), fault_schema());
    json!({
        "schemas": definitions,
        "headers": headers(),
        "securitySchemes": {"bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token from signing in, or one of another issuer that this installation trusts. For service routes a token made with the command line.",
        }},
    })
}

fn headers() -> Value {
    let header =
        |description: &str, schema: Value| json!({"description": description, "schema": schema});
    let text = || json!({"type": "string"});
    json!({
        "Content-Language": header("The language of the sentences in it.", text()),
        "ETag": header("Names this version; for `If-None-Match`, and for `If-Match` where a change takes one.", text()),
        "Idempotent-Replayed": header("`true` where this is the answer to an earlier request with the same `Idempotency-Key`.", text()),
        "Link": header("The next page, if there is one: `<…>; rel=\"next\"`.", text()),
        "RateLimit": header("What is left: `\"name\";r=` requests, all of them back in `t=` seconds (draft-ietf-httpapi-ratelimit-headers).", text()),
        "RateLimit-Policy": header("What is allowed: `\"name\";q=` requests in `w=` seconds.", text()),
        "Retry-After": header("After how many seconds it makes sense to try again.", json!({"type": "integer", "minimum": 0})),
        "Vary": header("`Accept-Language`: another one may be answered with other sentences.", text()),
        "WWW-Authenticate": header("How one is let in; where a token was not taken, why: `error` and `error_description` (RFC 6750).", text()),
        "X-Request-Id": header("The id of the request: yours, if you sent a sane one.", json!({"type": "string", "maxLength": 64})),
    })
}

/// A text of which the present values are known, and which may have others one day. As an `enum` it
/// would have generated clients fail at the first new one; `x-extensible-enum` they pass over.
fn open_choice(known: &[&str], description: &str) -> Value {
    json!({"type": "string", "x-extensible-enum": known, "description": description})
}

fn problem_schema() -> Value {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let line = |code: &Code| {
        format!("- `{}` ({}): {}", code.as_str(), code.status().as_u16(), code.meaning())
    };
    let meanings: Vec<_> = Code::ALL.iter().map(line).collect();
    let code = format!(
        "The kind of problem, for programs. There may be more one day: of one that you do not know, `status` says enough.\n\n{}",
        meanings.join("\n")
    );
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). `error` and `success` are for clients that knew the service before.",
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "An address that explains this kind of problem."},
            "title": {"type": "string", "description": "The kind of problem, in words that never change."},
            "status": {"type": "integer", "description": "The status of the answer."},
            "detail": {"type": "string", "description": "What happened this time, and what to do, in the language that `Accept-Language` asks for, else in that of the account."},
            "code": open_choice(&codes, &code),
            "success": {"const": false},
            "error": {"type": "string", "description": "The same as `detail`."},
            "errors": {
                "type": "array",
                "description": "Which fields are at fault: all of them.",
                "items": {"$ref": "#/components/schemas/FieldFault"},
            },
            "requestId": {"type": "string", "description": "What to tell us when you ask about it."},
        },
        "required": ["type", "title", "status", "detail", "code", "success", "error", "requestId"],
    })
}

fn fault_schema() -> Value {
    let codes: Vec<_> = Fault::TABLE.iter().map(|text| text.code).collect();
    let line = |text: &Text| {
        let params: Vec<_> = text.params.iter().map(|name| format!("`{name}`")).collect();
        let with =
            if params.is_empty() { String::new() } else { format!(" ({})", params.join(", ")) };
        format!("- `{}`{with}: {}", text.code, text.meaning.trim())
    };
    let meanings: Vec<_> = Fault::TABLE.iter().map(line).collect();
    let code = format!(
        "What is wrong, for programs, with the parameters of each. There may be more one day: of one that you do not know, show `message`.\n\n{}",
        meanings.join("\n")
    );
    json!({
        "type": "object",
        "description": "What is wrong with one field.",
        "properties": {
            "pointer": {"type": "string", "description": "A JSON pointer (RFC 6901) into the body, or `?name` for a parameter."},
            "code": open_choice(&codes, &code),
            "params": {"type": "object", "additionalProperties": true, "description": "What the code says more exactly, e.g. `{\"max\": 50}`."},
            "message": {"type": "string", "description": "The same for people, as a whole sentence in their language."},
        },
        "required": ["pointer", "code", "params", "message"],
        "example": {"pointer": "/displayName", "code": "too_long", "params": {"max": 50}, "message": "Use at most 50 characters."},
    })
}
