//! The page that holds all operations.

use std::fmt::Write as _;

use serde_json::Value;

use super::html::{self, escape, prose};
use super::operation;
use crate::Code;

/// All of `document` as one page.
pub(crate) fn page(document: &Value) -> String {
    let text =
        |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let title = format!("{} API", text("/info/title"));
    let tags = document.get("tags").and_then(Value::as_array).into_iter().flatten();
    let tags: Vec<&Value> =
        tags.filter(|tag| operations_of(document, tag).next().is_some()).collect();
    let mut body = format!(
        "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header><h1>{}</h1>\n<p>{} Version {}. \
         <a href=\"/openapi.json\">OpenAPI document</a>{}</p></header>\n",
        escape(&title),
        escape(text("/info/summary")),
        escape(text("/info/version")),
        about_events(document),
    );
    body.push_str(&navigation(&tags));
    let _ = write!(
        body,
        "<main id=\"main\">\n<p>{}</p>\n<p>To try the examples, set <code>SELFSAME</code> to the address of this \
         server and <code>TOKEN</code> to an access token.</p>\n",
        prose(text("/info/description"))
    );
    for tag in tags {
        body.push_str(&feature(document, tag));
    }
    body.push_str(&problems());
    body.push_str("</main>\n");
    html::document(&title, &body)
}

/// Links to what is said about events, where the application says something.
fn about_events(document: &Value) -> String {
    let pages =
        [("/asyncapi.json", "AsyncAPI document"), ("/events/catalog", "catalogue of events")];
    let is_served = |(path, _): &(&str, &str)| {
        document.pointer("/paths").is_some_and(|paths| paths.get(path).is_some())
    };
    let link = |(path, title)| format!(", <a href=\"{path}\">{title}</a>");
    pages.into_iter().filter(is_served).map(link).collect()
}

fn name(tag: &Value) -> &str {
    tag.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// `two_factor` as `Two factor`.
fn heading(name: &str) -> String {
    let mut letters = name.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    escape(&format!("{first}{}", letters.as_str().replace(['_', '-'], " ")))
}

fn navigation(tags: &[&Value]) -> String {
    let link = |tag: &Value| {
        format!("<li><a href=\"#{}\">{}</a></li>", escape(name(tag)), heading(name(tag)))
    };
    let links: String = tags.iter().copied().map(link).collect();
    format!(
        "<nav aria-label=\"Features\"><ul>{links}<li><a href=\"#problems\">Problems</a></li></ul></nav>\n"
    )
}

fn feature(document: &Value, tag: &Value) -> String {
    let promise = tag.get("description").and_then(Value::as_str).unwrap_or_default();
    let mut html = format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n<p>{}</p>\n",
        heading(name(tag)),
        prose(promise),
        id = escape(name(tag)),
    );
    for (path, method, described) in operations_of(document, tag) {
        html.push_str(&operation::section(document, path, method, described));
    }
    html + "</section>\n"
}

/// Path, method and description of the operations of a feature. One without routes (it only listens
/// to events) has none.
fn operations_of<'d>(
    document: &'d Value,
    tag: &'d Value,
) -> impl Iterator<Item = (&'d str, &'d str, &'d Value)> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    all.filter(|(_, _, operation)| {
        operation.pointer("/tags/0").and_then(Value::as_str) == Some(name(tag))
    })
}

fn problems() -> String {
    let row = |code: &Code| {
        format!(
            "<dt><span class=\"status bad\">{}</span> <a href=\"/problems/{code}\"><code>{code}</code></a></dt><dd>{}</dd>",
            code.status().as_u16(),
            prose(code.meaning()),
            code = code.as_str(),
        )
    };
    let rows: String = Code::ALL.iter().map(row).collect();
    format!(
        "<section aria-labelledby=\"problems\">\n<h2 id=\"problems\">Problems</h2>\n<p>Whatever goes wrong, the body \
         has the same members; <code>code</code> tells which of these it is.</p>\n<dl class=\"problems\">{rows}</dl>\n</section>\n"
    )
}
