//! What is stored stays readable: every kind of record has samples, and a test that reads them.

use std::collections::BTreeSet;
use std::path::Path;

use selfsame_laws::{root, sources};

/// The records of a source file that are no test's: their types and kinds.
fn records(source: &str) -> Vec<(&str, &str)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let found = source.split("\nimpl Record for ").skip(1);
    let parts = found.map(|part| {
        let name = part.split([' ', '<']).next().unwrap_or_default();
        let kind = part.split("const KIND: &'static str = \"").nth(1).unwrap_or_default();
        (name, kind.split('"').next().unwrap_or_default())
    });
    parts.collect()
}

fn of_crate(path: &str) -> &Path {
    Path::new(path.split("/src/").next().unwrap_or_default())
}

#[test]
fn every_kind_of_record_has_samples_and_a_test_that_reads_them() {
    let mut kinds = BTreeSet::new();
    for (path, source) in sources("crates", &[".rs"]).unwrap() {
        if !path.contains("/src/") || path.ends_with("/tests.rs") || path.contains("/src/tests/") {
            continue;
        }
        for (name, kind) in records(&source) {
            let test = format!("are_read::<super::{name}>()");
            assert!(source.contains(&test), "{path} has no test that says {test}");
            let folder = of_crate(&path).join("stored").join(kind);
            assert!(
                root().join(&folder).is_dir(),
                "{path}: there are no samples in {}",
                folder.display()
            );
            assert!(kinds.insert(kind.to_owned()), "{path}: there is another {kind}");
        }
    }
    assert!(kinds.len() > 50, "{kinds:?}");
}

#[test]
fn no_sample_is_of_a_record_that_nobody_reads() {
    let mut texts: Vec<String> = Vec::new();
    for (_, source) in sources("crates", &[".rs"]).unwrap() {
        texts.extend(records(&source).iter().map(|(_, kind)| (*kind).to_owned()));
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
