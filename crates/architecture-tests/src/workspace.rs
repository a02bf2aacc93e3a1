//! The workspace as cargo sees it, and its source files.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder of the workspace in which the tests run: builds are kept outside of it, and may have
/// been made in another one.
#[must_use]
pub fn root() -> PathBuf {
    own_folder().join("../..")
}

/// The folder of this crate: that of its tables.
#[must_use]
pub fn own_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into())
        .into()
}

/// What `cargo metadata` says, with everything that could be built for this machine.
///
/// # Errors
/// When cargo can't be run, or says something else than JSON.
pub fn metadata() -> Result<Value, String> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(root())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// The text at `key`, or nothing.
#[must_use]
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The list at `key`, or an empty one.
#[must_use]
pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The folders of the crates, from the root of the workspace, sorted: `bench`, `crates/web`.
///
/// # Errors
/// When the folder of crates can't be read.
pub fn crate_folders() -> std::io::Result<Vec<String>> {
    let mut folders = vec!["bench".to_owned()];
    for entry in std::fs::read_dir(root().join("crates"))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            folders.push(format!("crates/{}", entry.file_name().to_string_lossy()));
        }
    }
    folders.sort();
    Ok(folders)
}

/// Every source file below `folder` of the workspace whose name ends with one of `endings`, with
/// its path from the root.
///
/// # Errors
/// When a folder or file can't be read.
pub fn sources(folder: &str, endings: &[&str]) -> std::io::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    walk(&root(), Path::new(folder), endings, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(
    root: &Path,
    folder: &Path,
    endings: &[&str],
    found: &mut Vec<(String, String)>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let (path, name) = (folder.join(entry.file_name()), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if !matches!(&*name, "target" | "node_modules" | ".git") {
                walk(root, &path, endings, found)?;
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push((
                path.to_string_lossy().into_owned(),
                std::fs::read_to_string(root.join(&path))?,
            ));
        }
    }
    Ok(())
}
