//! The stored forms of a record, held by samples.
//!
//! A sample is an item's body as some release has written it, in
//! `stored/{kind}/{version}-{what}.record` of the record's crate. It is never changed: where the
//! form changes, another is put beside it. Every module with records calls
//! `stored_forms::are_read::<ItsRecord>()` in a test; `architecture-tests` find those that don't.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Record, StoreError, decode, encode};

/// Every sample of `R` is read, each version has one, the newest form has one that lacks nothing,
/// and what a later release has written is distinguished from what is damaged.
pub fn are_read<R: Record>() {
    let samples = samples(R::KIND, "record");
    let heading = |version: u16| format!("{}/{version}\n", R::KIND);
    for version in 1..=R::VERSION {
        let is_there = samples.iter().any(|(_, text)| text.starts_with(&heading(version)));
        assert!(is_there, "no sample of {}/{version}", R::KIND);
    }
    let mut whole = false;
    for (name, text) in &samples {
        let written = encode(&read::<R>(name, text.as_bytes()));
        assert_eq!(
            encode(&read::<R>(name, &written)),
            written,
            "{name} changes whenever it is written"
        );
        whole |= json(text) == json(&String::from_utf8(written).unwrap());
    }
    assert!(whole, "no sample of {}/{} has all that is written today", R::KIND, R::VERSION);
    let later =
        decode::<R>(heading(R::VERSION + 1).as_bytes()).map(|_| ()).map_err(StoreError::from);
    assert!(
        matches!(later, Err(StoreError::Newer(_))),
        "{} takes a later version for {later:?}",
        R::KIND
    );
}

fn read<R: Record>(name: &str, bytes: &[u8]) -> R {
    let read = decode::<R>(bytes).map_err(|error| format!("{name}: {error}"));
    read.unwrap()
}

/// The same for what is sealed in a record, which is JSON without a heading:
/// `stored/{name}/{what}.json`.
pub fn contents_are_read<T: Serialize + DeserializeOwned>(name: &str) {
    let mut whole = false;
    for (name, text) in samples(name, "json") {
        let read: Result<T, _> =
            serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"));
        whole |= serde_json::to_value(read.unwrap()).ok() == serde_json::from_str(&text).ok();
    }
    assert!(whole, "no sample of {name} has all that is written today");
}

/// The names and texts of the samples, none of which is an empty list.
fn samples(kind: &str, ending: &str) -> Vec<(String, String)> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("stored").join(kind);
    let files =
        std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()));
    let paths = files.unwrap().map(|file| file.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
    let read = |path: std::path::PathBuf| {
        (path.display().to_string(), std::fs::read_to_string(&path).unwrap())
    };
    let mut samples: Vec<_> = paths.map(read).collect();
    samples.sort();
    assert!(!samples.is_empty(), "no samples in {}", folder.display());
    samples
}

fn json(record: &str) -> Option<Value> {
    serde_json::from_str(record.split_once('\n')?.1).ok()
}
