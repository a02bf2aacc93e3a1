//! The fields of a body, as a list to read.

use std::fmt::Write as _;

use serde_json::Value;

use super::html::{escape, prose};

/// The depth to which nested fields are listed.
const DEEPEST: usize = 3;

/// The schema that `schema` refers to, if it refers.
pub(crate) fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let pointer = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// Request or answer: only in requests a field can be required.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Answer,
}

/// The fields of `schema` as a description list; nothing where it has none.
pub(crate) fn list(document: &Value, schema: &Value, side: Side) -> String {
    let mut rows = String::new();
    collect(document, schema, "", side, &mut rows);
    if rows.is_empty() { rows } else { format!("<dl class=\"fields\">{rows}</dl>") }
}

fn collect(document: &Value, schema: &Value, prefix: &str, side: Side, rows: &mut String) {
    let schema = shape(document, schema);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, property) in properties {
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|required| required.iter().any(|other| other == name));
        let full = format!("{prefix}{name}");
        row(document, &full, property, required && side == Side::Request, rows);
        if prefix.matches('.').count() + 1 < DEEPEST {
            let (inner, suffix) = inside(document, property);
            collect(document, inner, &format!("{full}{suffix}."), side, rows);
        }
    }
}

fn row(document: &Value, name: &str, property: &Value, required: bool, rows: &mut String) {
    let description =
        property.get("description").or_else(|| shape(document, property).get("description"));
    let description = description.and_then(Value::as_str).unwrap_or_default();
    let must = if required { " <span class=\"must\">required</span>" } else { "" };
    let kind = escape(&type_of(document, property));
    let _ = write!(
        rows,
        "<dt><code>{}</code> <span class=\"kind\">{kind}</span>{must}</dt><dd>{}</dd>",
        escape(name),
        prose(description)
    );
}

/// What a list holds, or the thing itself; with what its fields' names start.
fn inside<'d>(document: &'d Value, property: &'d Value) -> (&'d Value, &'static str) {
    let schema = shape(document, property);
    schema.get("items").map_or((schema, ""), |items| (items, "[]"))
}

/// The schema behind references and behind "or null".
fn shape<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let schema = resolve(document, schema);
    let mut choices =
        choices(schema).filter(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    match (choices.next(), choices.next()) {
        (Some(only), None) => resolve(document, only),
        _ => schema,
    }
}

fn choices(schema: &Value) -> impl Iterator<Item = &Value> {
    let all = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    all.into_iter().flatten()
}

/// `string or null`, `list of integer`, `one of "a", "b"`.
pub(crate) fn type_of(document: &Value, schema: &Value) -> String {
    let schema = resolve(document, schema);
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<_> = values.iter().map(Value::to_string).collect();
        return format!("one of {}", values.join(", "));
    }
    let some: Vec<_> = choices(schema).map(|choice| type_of(document, choice)).collect();
    if !some.is_empty() {
        return some.join(" or ");
    }
    match schema.get("type") {
        Some(Value::Array(kinds)) => {
            let kinds: Vec<_> = kinds
                .iter()
                .filter_map(Value::as_str)
                .map(|kind| named(document, schema, kind))
                .collect();
            kinds.join(" or ")
        }
        Some(Value::String(kind)) => named(document, schema, kind),
        _ => "anything".to_owned(),
    }
}

fn named(document: &Value, schema: &Value, kind: &str) -> String {
    match (kind, schema.get("items"), schema.get("format").and_then(Value::as_str)) {
        ("array", Some(items), _) => format!("list of {}", type_of(document, items)),
        ("string", _, Some(format)) => format.to_owned(),
        _ => kind.to_owned(),
    }
}
