//! The contents of the data folder.

use std::io::{ErrorKind, Result};
use std::path::Path;

use super::{BLOBS_FOLDER, STORE_FILE};

/// The name of the folders in which a restore prepares the store and the pictures; the store's is
/// in the data folder, the pictures' in theirs. When both are complete, they are moved to their
/// place.
pub const RESTORING: &str = ".restoring";
/// The files of the store's database.
const BESIDE_THE_STORE: &[&str] = &["-wal", "-shm", "-journal", ".partial", ".compacting"];
/// A folder that some file systems have everywhere.
pub const NOT_OURS: &str = "lost+found";

/// The result of a look at the folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// A store.
    Store,
    /// Nothing of an installation, except for the master key.
    Nothing,
    /// Parts of an installation, but no store.
    Remains(Vec<String>),
}

/// Looks into `data`, which need not exist.
pub fn look(data: &Path) -> Result<Found> {
    let mut remains = Vec::new();
    for name in names(data)? {
        if name == STORE_FILE {
            return Ok(Found::Store);
        }
        if is_ours(data, &name)? {
            remains.push(name);
        }
    }
    remains.sort();
    Ok(if remains.is_empty() { Found::Nothing } else { Found::Remains(remains) })
}

/// Whether `data` holds a picture.
pub fn holds_pictures(data: &Path) -> Result<bool> {
    holds_files(&data.join(BLOBS_FOLDER))
}

/// Folders are made before they hold anything, and hidden files were never complete.
fn holds_files(folder: &Path) -> Result<bool> {
    for name in names(folder)? {
        let place = folder.join(&name);
        let is_not_shown = name == NOT_OURS || name.starts_with('.');
        if !is_not_shown && (!place.is_dir() || holds_files(&place)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the store in `data` is an empty file without a log: of a process that was killed right
/// at its beginning, or of an operator who emptied it.
pub fn is_blank(data: &Path) -> Result<bool> {
    let is_empty = |name: &str| match data.join(name).metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        found => Ok::<bool, std::io::Error>(found?.len() == 0),
    };
    Ok(is_empty(STORE_FILE)? && is_empty(&format!("{STORE_FILE}-wal"))?)
}

fn is_ours(data: &Path, name: &str) -> Result<bool> {
    if name == BLOBS_FOLDER {
        // A volume of its own exists before it holds anything.
        return Ok(names(&data.join(name))?.iter().any(|name| name != NOT_OURS));
    }
    let beside =
        name.strip_prefix(STORE_FILE).is_some_and(|ending| BESIDE_THE_STORE.contains(&ending));
    Ok(beside || name == RESTORING)
}

/// Empty where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => {
            entries?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_free_unless_something_of_ours_lies_there() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("d");
        let make = |name: &str| std::fs::write(data.join(name), "").unwrap();
        assert_eq!(look(&data).unwrap(), Found::Nothing, "no folder at all");
        std::fs::create_dir_all(data.join("lost+found")).unwrap();
        std::fs::create_dir_all(data.join("blobs/lost+found")).unwrap();
        ["master.key", "notes.txt", "store.sqlite.old"].into_iter().for_each(make);
        assert_eq!(look(&data).unwrap(), Found::Nothing);
        std::fs::create_dir(data.join("blobs/avatars")).unwrap();
        ["store.sqlite-wal", ".restoring"].into_iter().for_each(make);
        let remains = [".restoring", "blobs", "store.sqlite-wal"].map(str::to_owned).into();
        assert_eq!(look(&data).unwrap(), Found::Remains(remains));
        make("store.sqlite");
        assert_eq!(look(&data).unwrap(), Found::Store);
    }

    #[test]
    fn pictures_are_files_and_no_folders_or_what_was_never_whole() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert!(!holds_pictures(data).unwrap(), "no folder at all");
        for place in ["blobs/.new", "blobs/lost+found", "blobs/avatars/ab"] {
            std::fs::create_dir_all(data.join(place)).unwrap();
        }
        for place in ["blobs/.new/half", "blobs/lost+found/x"] {
            std::fs::write(data.join(place), "").unwrap();
        }
        assert!(!holds_pictures(data).unwrap());
        std::fs::write(data.join("blobs/avatars/ab/abc.jpg"), "").unwrap();
        assert!(holds_pictures(data).unwrap());
    }

    #[test]
    fn a_store_is_blank_only_where_its_log_is() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("store.sqlite", "");
        assert!(is_blank(folder.path()).unwrap());
        write("store.sqlite-wal", "all of it");
        assert!(!is_blank(folder.path()).unwrap());
        write("store.sqlite-wal", "");
        assert!(is_blank(folder.path()).unwrap());
        write("store.sqlite", "pages");
        assert!(!is_blank(folder.path()).unwrap());
    }
}
