//! What is stored stays readable: kinds and keys are as they were, and every kind of record has
//! samples, and a test that reads them.
//!
//! A snapshot that differs is a decision: `UPDATE_SNAPSHOTS=1 cargo test -p
//! selfsame-architecture-tests --test it stored::` writes what the source says now.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::collections::BTreeSet;
use std::path::Path;

use selfsame_architecture_tests::keys::skeletons;
use selfsame_architecture_tests::stored::{label_sets, records};
use selfsame_architecture_tests::syntax::is_test_file;
use selfsame_architecture_tests::workspace::own_folder;
use selfsame_architecture_tests::{root, sources};

/// The production files of all crates that hold `word`, parsed, with their sources.
fn files_with(word: &str) -> Vec<(String, String, syn::File)> {
    let sources = sources("crates", &[".rs"]).unwrap();
    let of_production = sources.into_iter().filter(|(path, source)| {
        path.contains("/src/")
            && !is_test_file(path)
            && !path.contains("/conformance")
            && source.contains(word)
    });
    of_production
        .map(|(path, source)| {
            let file = syn::parse_file(&source).unwrap_or_else(|error| panic!("{path}: {error}"));
            (path, source, file)
        })
        .collect()
}

/// Compares `actual` with the snapshot `name`.
fn assert_snapshot(name: &str, actual: &str) {
    let path = own_folder().join("snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let (lines, known): (BTreeSet<_>, BTreeSet<_>) =
        (actual.lines().collect(), expected.lines().collect());
    assert!(
        actual == expected,
        "{} differs.\nonly there: {:#?}\nonly now: {:#?}\nall of it:\n{actual}",
        path.display(),
        known.difference(&lines).collect::<Vec<_>>(),
        lines.difference(&known).collect::<Vec<_>>(),
    );
}

fn text(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

#[test]
fn kinds_of_records_and_their_versions_are_as_they_were() {
    let lines = files_with("Record for").into_iter().flat_map(|(_, _, file)| records(&file));
    let lines: BTreeSet<_> =
        lines.map(|record| format!("{}/{}", record.kind, record.version)).collect();
    assert_snapshot("records.txt", &text(lines));
}

#[test]
fn keys_are_as_they_were() {
    let files = files_with("").into_iter().map(|(path, _, file)| (path, file)).collect();
    assert_snapshot("keys.txt", &text(skeletons(&files)));
}

#[test]
fn labels_of_metrics_are_as_they_were() {
    let files = files_with("EncodeLabelSet");
    let lines: BTreeSet<_> = files.iter().flat_map(|(_, _, file)| label_sets(file)).collect();
    assert_snapshot("metric-labels.txt", &text(lines));
}

fn of_crate(path: &str) -> &Path {
    Path::new(path.split("/src/").next().unwrap_or_default())
}

#[test]
fn every_kind_of_record_has_samples_and_a_test_that_reads_them() {
    let mut kinds = BTreeSet::new();
    for (path, source, file) in files_with("Record for") {
        for record in records(&file) {
            let (name, kind) = (record.type_name, record.kind);
            let test = format!("are_read::<super::{name}>()");
            assert!(source.contains(&test), "{path} has no test that says {test}");
            let folder = of_crate(&path).join("stored").join(&kind);
            assert!(
                root().join(&folder).is_dir(),
                "{path}: there are no samples in {}",
                folder.display()
            );
            assert!(kinds.insert(kind.clone()), "{path}: there is another {kind}");
        }
    }
    assert!(kinds.len() > 50, "{kinds:?}");
}

#[test]
fn no_sample_is_of_a_record_that_nothing_reads() {
    let mut texts: Vec<String> = Vec::new();
    for (_, _, file) in files_with("Record for") {
        texts.extend(records(&file).into_iter().map(|record| record.kind));
    }
    for (_, source) in sources("crates", &[".rs"]).unwrap() {
        let contents = source.split("contents_are_read::<").skip(1);
        texts.extend(contents.filter_map(|part| part.split('"').nth(1)).map(str::to_owned));
    }
    for (path, _) in sources("crates", &[".record", ".json"]).unwrap() {
        if let Some((_, sample)) = path.split_once("/stored/") {
            let kind = sample.split('/').next().unwrap_or_default();
            assert!(texts.iter().any(|known| known == kind), "{path}: nothing reads {kind}");
        }
    }
}
