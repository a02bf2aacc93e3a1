//! Requests to try.

use std::fmt::Write as _;

use serde_json::Value;

/// A `curl` command that calls `method` on `path`.
pub(crate) fn curl(method: &str, path: &str, operation: &Value) -> String {
    let mut command = if method == "GET" { "curl".to_owned() } else { format!("curl -X {method}") };
    let _ = write!(command, " \"$SELFSAME{path}\"");
    if operation.get("security").and_then(Value::as_array).is_some_and(|ways| !ways.is_empty()) {
        command.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    if let Some((media_type, media)) = content.and_then(|content| content.iter().next()) {
        let _ = write!(command, " \\\n  -H 'Content-Type: {media_type}'");
        command.push_str(&body(media));
    }
    command
}

fn body(media: &Value) -> String {
    match media.get("example") {
        // A quote ends the shell's own quotes: close them, say it, open them again.
        Some(example) => format!(" \\\n  -d '{}'", pretty(example).replace('\'', "'\\''")),
        None => " \\\n  --data-binary @file".to_owned(),
    }
}

/// JSON as a person reads it.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
