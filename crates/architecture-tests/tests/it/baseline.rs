//! What breaks a rule is in `baseline.txt` or a failure, and so is what is there without need.
//!
//! `SHRINK_BASELINE=1 cargo test -p selfsame-architecture-tests --test it baseline::` takes out of
//! the file what is no longer needed. Nothing is ever added by itself.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::path::Path;

use selfsame_architecture_tests::baseline::{Finding, differences, shrunk};
use selfsame_architecture_tests::rules::{SourceCrate, algorithms, too_long};
use selfsame_architecture_tests::workspace::{crate_folders, own_folder};
use selfsame_architecture_tests::{root, sources};

/// Everything that breaks a rule today.
fn findings() -> Vec<Finding> {
    let table = std::fs::read_to_string(own_folder().join("algorithm_files.tsv")).unwrap();
    let algorithms = algorithms(&table).unwrap();
    for path in algorithms.keys() {
        assert!(root().join(path).is_file(), "algorithm_files.tsv names {path}");
    }
    let mut found = Vec::new();
    for folder in crate_folders().unwrap() {
        let mut files = sources(&folder, &[".rs"]).unwrap();
        found.extend(files.iter().flat_map(|(path, source)| too_long(path, source)));
        let name = Path::new(&folder).file_name().unwrap().to_string_lossy();
        // Others, fuzzers say, are packages of their own.
        let of_crate = ["src", "tests"].map(|part| format!("{folder}/{part}/"));
        files.retain(|(path, _)| of_crate.iter().any(|part| path.starts_with(part)));
        let source_crate = SourceCrate::parse(&name, files).unwrap();
        assert_eq!(source_crate.files_without_module(), Vec::<&str>::new(), "no module is in them");
        found.extend(source_crate.circles());
        found.extend(source_crate.too_large());
        found.extend(source_crate.wide_states());
        found.extend(source_crate.homonyms());
        found.extend(source_crate.adapters_named());
        found.extend(source_crate.records_and_routes_of_platform());
        found.extend(source_crate.strange_feature_files(&algorithms));
    }
    found
}

#[test]
fn what_breaks_a_rule_is_in_the_baseline_and_nothing_else_is() {
    let path = own_folder().join("baseline.txt");
    let baseline = std::fs::read_to_string(&path).unwrap();
    let findings = findings();
    if std::env::var_os("SHRINK_BASELINE").is_some() {
        std::fs::write(&path, shrunk(&baseline, &findings)).unwrap();
        return;
    }
    let found = differences(&baseline, &findings);
    assert!(found.is_empty(), "baseline.txt and the source differ:\n{}", found.join("\n"));
}
