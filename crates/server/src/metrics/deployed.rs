//! The shipped dashboard and alerts name existing metrics only.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::markdown;

fn shipped(path: &str) -> String {
    std::fs::read_to_string(
        Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../deploy").join(path),
    )
    .unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&shipped("grafana/selfsame.json")).unwrap()
}

/// The names in the reference, and for histograms the names of their series.
fn known() -> BTreeSet<String> {
    let page = markdown();
    let mut known = BTreeSet::new();
    for entry in page.split("\n### `").skip(1) {
        let name = entry.split('`').next().unwrap();
        if entry.contains("- Kind: histogram") {
            known.extend(["_bucket", "_sum", "_count"].map(|part| format!("{name}{part}")));
        } else {
            known.insert(name.to_owned());
        }
    }
    known
}

/// Every metric of this service that `text` names.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("selfsame_")).map(str::to_owned).collect()
}

fn strings<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(name).and_then(Value::as_str));
            members.values().for_each(|value| strings(value, name, found));
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_metric_of_the_dashboard_and_of_the_alerts_exists() {
    let known = known();
    let dashboard = dashboard();
    let mut asked = Vec::new();
    strings(&dashboard, "expr", &mut asked);
    strings(&dashboard, "definition", &mut asked);
    assert!(asked.len() > 50);
    for text in asked.into_iter().map(str::to_owned).chain([shipped("prometheus/alerts.yml")]) {
        let named = named(&text);
        assert!(!named.is_empty(), "{text} asks for nothing of ours");
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?} in {text}");
    }
}

#[test]
fn every_metric_is_on_the_dashboard() {
    let text = shipped("grafana/selfsame.json");
    let page = markdown();
    let names = page.split("\n### `").skip(1).map(|entry| entry.split('`').next().unwrap());
    let missing: Vec<_> = names.filter(|name| !text.contains(*name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn the_panels_have_their_own_ids_and_do_not_lie_over_each_other() {
    let dashboard = dashboard();
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}");
        let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{title} is too wide");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(cells.insert((x, y)), "{title} lies over another");
            }
        }
        let targets = panel["targets"].as_array().map_or(0, Vec::len);
        assert_eq!(targets == 0, panel["type"] == "row", "{title}");
    }
}
