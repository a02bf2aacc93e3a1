//! Snapshots of the routes and the event types, with the names in their JSON.
//!
//! A snapshot that differs is a decision: `UPDATE_SNAPSHOTS=1 cargo test -p selfsame-testbed --test
//! it snapshots::` writes the present state.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use selfsame_app::features;
use selfsame_integrations::event_catalog::EventCatalog;
use selfsame_testbed::snapshot::{assert_snapshot, member_names};
use serde_json::{Value, json};

fn compare(name: &str, actual: &str) {
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    assert_snapshot(&Path::new(&folder).join("tests/snapshots").join(name), actual);
}

/// The line of `names` behind `mark`; nothing where there are none.
fn line(mark: &str, names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!("  {mark} {}\n", names.join(" ")) }
}

/// Each route with its parameters (`?`), the names in its requests (`>`), and those in its
/// successful responses (`<`).
#[test]
fn routes_are_as_they_were() {
    let document = selfsame_web::openapi(features());
    let mut texts = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            let parameters = parameters.iter().filter_map(|parameter| parameter["name"].as_str());
            let answers = operation["responses"].as_object().unwrap().iter();
            let good: Vec<&Value> = answers
                .filter(|(status, _)| status.starts_with('2'))
                .map(|(_, answer)| answer)
                .collect();
            texts.push(format!(
                "{} {path}\n{}{}{}",
                method.to_uppercase(),
                line("?", &parameters.map(str::to_owned).collect()),
                line(">", &member_names(&document, &operation["requestBody"])),
                line("<", &member_names(&document, &json!(good))),
            ));
        }
    }
    texts.sort();
    compare("routes.txt", &texts.concat());
}

/// Each event type with its redaction, and the names in its data; those that only the owner gets
/// once more behind `-`.
#[test]
fn events_are_as_they_were() {
    let catalog = serde_json::to_value(EventCatalog::of(features()).catalog()).unwrap();
    let mut texts = Vec::new();
    for event in catalog["events"].as_array().unwrap() {
        let (name, others) =
            (event["type"].as_str().unwrap(), event["othersHear"].as_str().unwrap());
        let kept = event["onlyForOwner"].as_array().unwrap().iter().filter_map(Value::as_str);
        let mut text = format!("{name} {others}\n");
        write!(text, "{}", line(":", &member_names(&event["schema"], &event["schema"]))).unwrap();
        write!(text, "{}", line("-", &kept.map(str::to_owned).collect())).unwrap();
        texts.push(text);
    }
    texts.sort();
    compare("events.txt", &texts.concat());
}
