//! Snapshots of settings and metrics.
//!
//! A snapshot that differs is a decision: `UPDATE_SNAPSHOTS=1 cargo test -p selfsame-server --test
//! it snapshots::` writes the present state.

use std::path::Path;

use selfsame_server::metrics;
use selfsame_server::settings::TABLE;
use selfsame_testbed::snapshot::assert_snapshot;

fn compare(name: &str, actual: &str) {
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    assert_snapshot(&Path::new(&folder).join("tests/snapshots").join(name), actual);
}

/// Each setting with its environment variable and its default.
#[test]
fn settings_are_as_they_were() {
    let rows = TABLE.iter().map(|row| format!("{} {} {:?}\n", row.key, row.env, row.default));
    compare("settings.txt", &rows.collect::<Vec<_>>().concat());
}

/// Each metric with its kind, and the features' ones with their labels.
#[test]
fn metrics_are_as_they_were() {
    let page = metrics::markdown();
    let lines = page.lines().filter_map(|line| {
        line.strip_prefix("### ").or_else(|| line.starts_with("- ").then_some(line))
    });
    compare("metrics.txt", &lines.map(|line| format!("{line}\n")).collect::<Vec<_>>().concat());
}
