//! The folders of a restore, and their remains where it was killed right before its end.

use std::io::{ErrorKind, Result};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::folder::RESTORING;
use super::{BLOBS_FOLDER, STORE_FILE};

/// Where a restore into `data` prepares the store.
#[must_use]
pub fn store_aside(data: &Path) -> PathBuf {
    data.join(RESTORING)
}

/// Where it prepares the pictures: within their own folder, which may be a volume of its own.
#[must_use]
pub fn pictures_aside(data: &Path) -> PathBuf {
    data.join(BLOBS_FOLDER).join(RESTORING)
}

/// Removes the folders of a restore, the store's last: while it exists, every command reports an
/// unfinished restore.
pub fn remove(data: &Path) -> Result<()> {
    remove_all(&pictures_aside(data))?;
    remove_all(&store_aside(data))
}

/// Removes a folder with its contents, where there is one.
pub fn remove_all(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Removes the remains of a restore in `data` whose store is in use: erased users would stay in the
/// second name of its file after a compaction. Where that fails, the next start tries again.
pub(super) fn clear(data: &Path) {
    if !store_aside(data).exists() && !pictures_aside(data).exists() {
        return;
    }
    let place = store_aside(data);
    match is_done(data) {
        Ok(true) => match remove(data) {
            Ok(()) => {
                tracing::warn!(place = %place.display(), "what a restore had left was removed");
            }
            Err(error) => {
                tracing::warn!(%error, place = %place.display(), "what a restore has left can't be removed");
            }
        },
        Ok(false) => tracing::warn!(
            place = %place.display(),
            "a restore has left another store than the one in use: remove it, unless a restore is under way"
        ),
        Err(error) => {
            tracing::warn!(%error, place = %place.display(), "what a restore has left can't be looked at");
        }
    }
}

/// Whether the restore has linked the store in use, which is its last step.
fn is_done(data: &Path) -> Result<bool> {
    let identity = |path: PathBuf| path.metadata().map(|found| (found.dev(), found.ino()));
    match identity(store_aside(data).join(STORE_FILE)) {
        // It was just being removed.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        aside => Ok(aside? == identity(data.join(STORE_FILE))?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data folder in which a restore has left its store under the other name too.
    fn with_remains() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        std::fs::create_dir_all(store_aside(data)).unwrap();
        std::fs::create_dir_all(pictures_aside(data)).unwrap();
        std::fs::write(store_aside(data).join(STORE_FILE), "store").unwrap();
        std::fs::hard_link(store_aside(data).join(STORE_FILE), data.join(STORE_FILE)).unwrap();
        folder
    }

    fn is_left(data: &Path) -> bool {
        store_aside(data).exists() || pictures_aside(data).exists()
    }

    #[test]
    fn the_remains_of_a_restore_of_the_store_in_use_are_removed() {
        let folder = with_remains();
        clear(folder.path());
        assert!(!is_left(folder.path()));
        assert_eq!(std::fs::read_to_string(folder.path().join(STORE_FILE)).unwrap(), "store");
        // Half of it was removed already.
        let folder = with_remains();
        std::fs::remove_file(store_aside(folder.path()).join(STORE_FILE)).unwrap();
        clear(folder.path());
        assert!(!is_left(folder.path()));
    }

    #[test]
    fn another_store_is_left_for_the_operator() {
        let folder = with_remains();
        std::fs::remove_file(folder.path().join(STORE_FILE)).unwrap();
        std::fs::write(folder.path().join(STORE_FILE), "another one").unwrap();
        clear(folder.path());
        assert_eq!(
            std::fs::read_to_string(store_aside(folder.path()).join(STORE_FILE)).unwrap(),
            "store"
        );
    }
}
