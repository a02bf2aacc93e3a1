//! What of ours lies in the data folder.

use std::io::{ErrorKind, Result};
use std::path::Path;

use super::{BLOBS_FOLDER, STORE_FILE};

/// What a restore has brought back so far lies in folders of this name, the store's in the data folder and the pictures' in theirs;
/// when it is whole, it is moved to its place.
pub const RESTORING: &str = ".restoring";
/// What the store's database may have beside it.
const BESIDE_THE_STORE: &[&str] = &["-wal", "-shm", "-journal", ".partial", ".compacting"];
/// What some file systems have in every folder.
pub const NOT_OURS: &str = "lost+found";

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// A store.
    Store,
    /// Nothing of ours, but for the master key at most.
    Nothing,
    /// Something of ours, but no store.
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

fn is_ours(data: &Path, name: &str) -> Result<bool> {
    if name == BLOBS_FOLDER {
        // A volume of its own is there before anything is in it.
        return Ok(names(&data.join(name))?.iter().any(|name| name != NOT_OURS));
    }
    let beside = name.strip_prefix(STORE_FILE).is_some_and(|ending| BESIDE_THE_STORE.contains(&ending));
    Ok(beside || name == RESTORING)
}

/// None where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
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
}
