//! One operation of the page.

use std::fmt::Write as _;

use serde_json::Value;

use super::example::{curl, pretty};
use super::fields::{self, Side};
use super::html::{code_block, escape, path as breakable, problem_links, prose};

/// One method on one path, folded up.
pub(crate) fn section(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut html = format!(
        "<details class=\"operation\" id=\"{id}\">\n<summary><span class=\"method {method}\">{upper}</span> \
         <code class=\"path\">{path}</code> <span class=\"summary\">{summary}</span></summary>\n\
         <div class=\"inside\">\n<p>{description}</p>\n",
        id = escape(text("operationId")),
        upper = method.to_ascii_uppercase(),
        path = breakable(path),
        summary = escape(text("summary")),
        description = prose(text("description")),
    );
    html.push_str(&parameters(document, operation));
    html.push_str(&body(document, operation));
    html.push_str("<h4>Try it</h4>\n");
    html.push_str(&code_block(
        "Example request",
        &curl(&method.to_ascii_uppercase(), path, operation),
    ));
    html.push_str(&answers(document, operation));
    html.push_str("</div>\n</details>\n");
    html
}

fn parameters(document: &Value, operation: &Value) -> String {
    let all =
        operation.get("parameters").and_then(Value::as_array).map_or([].as_slice(), Vec::as_slice);
    if all.is_empty() {
        return String::new();
    }
    let mut html = "<h4>Parameters</h4>\n<dl class=\"fields\">".to_owned();
    for parameter in all {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
        let kind = parameter
            .get("schema")
            .map(|schema| fields::type_of(document, schema))
            .unwrap_or_default();
        let required = parameter.get("required") == Some(&Value::Bool(true));
        let must = if required { " <span class=\"must\">required</span>" } else { "" };
        let _ = write!(
            html,
            "<dt><code>{}</code> <span class=\"kind\">{}, {}</span>{must}</dt><dd>{}</dd>",
            escape(text("name")),
            escape(text("in")),
            escape(&kind),
            prose(text("description"))
        );
    }
    html + "</dl>\n"
}

fn body(document: &Value, operation: &Value) -> String {
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    let Some((_, first)) = content.and_then(|content| content.iter().next()) else {
        return String::new();
    };
    let types: Vec<_> = content
        .into_iter()
        .flat_map(|content| content.keys())
        .map(|media_type| format!("<code>{}</code>", escape(media_type)))
        .collect();
    let listed = first
        .get("schema")
        .map(|schema| fields::list(document, schema, Side::Request))
        .unwrap_or_default();
    format!("<h4>Body</h4>\n<p>{}</p>\n{listed}\n", types.join(" or "))
}

fn answers(document: &Value, operation: &Value) -> String {
    let responses = operation.get("responses").and_then(Value::as_object);
    let (mut good, mut bad) = (String::new(), String::new());
    for (status, response) in responses.into_iter().flatten() {
        let description = response.get("description").and_then(Value::as_str).unwrap_or_default();
        if status.starts_with(['4', '5']) {
            let _ = write!(
                bad,
                "<dt><span class=\"status bad\">{status}</span></dt><dd>{}</dd>",
                problem_links(description)
            );
        } else {
            let _ = write!(
                good,
                "<p><span class=\"status\">{status}</span> {}</p>\n{}",
                prose(description),
                answer_body(document, response)
            );
        }
    }
    format!("<h4>Answers</h4>\n{good}<h4>Problems</h4>\n<dl class=\"statuses\">{bad}</dl>\n")
}

fn answer_body(document: &Value, response: &Value) -> String {
    let content = response.get("content").and_then(Value::as_object);
    let Some((media_type, media)) = content.and_then(|content| content.iter().next()) else {
        return String::new();
    };
    let Some(schema) = media.get("schema") else {
        return format!("<p><code>{}</code></p>\n", escape(media_type));
    };
    // The envelope is the same everywhere: what matters is in it.
    let data = schema.pointer("/properties/data").unwrap_or(schema);
    let mut html = fields::list(document, data, Side::Answer);
    if let Some(example) = media.get("example") {
        html.push_str(&code_block("Example answer", &pretty(example)));
    }
    html
}
