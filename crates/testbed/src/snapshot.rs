//! Snapshots: what is public is compared with a file, so that a change of it is a decision.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Compares `actual` with the file at `path`. With `UPDATE_SNAPSHOTS` in the environment it writes
/// the file instead.
///
/// # Panics When they differ, with the lines that do, and all of `actual`.
pub fn assert_snapshot(path: &Path, actual: &str) {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    let lines: BTreeSet<_> = actual.lines().collect();
    let known: BTreeSet<_> = expected.lines().collect();
    assert!(
        actual == expected,
        "{} differs.\nonly there: {:#?}\nonly now: {:#?}\nall of it:\n{actual}",
        path.display(),
        known.difference(&lines).collect::<Vec<_>>(),
        lines.difference(&known).collect::<Vec<_>>(),
    );
}

/// The names of all members that values of the JSON Schemas within `part` may have, at any depth.
/// References are resolved in `document`.
#[must_use]
pub fn member_names(document: &Value, part: &Value) -> BTreeSet<String> {
    let (mut names, mut followed) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![part];
    while let Some(part) = open.pop() {
        match part {
            Value::Object(members) => {
                for (key, value) in members {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(to)) => {
                            let target = to.strip_prefix('#').and_then(|to| document.pointer(to));
                            open.extend(target.filter(|_| followed.insert(to.clone())));
                        }
                        ("properties", Value::Object(properties)) => {
                            names.extend(properties.keys().cloned());
                            open.extend(properties.values());
                        }
                        // An object that is not a schema.
                        ("example" | "examples" | "default" | "const" | "enum", _) => {}
                        _ => open.push(value),
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    names
}
