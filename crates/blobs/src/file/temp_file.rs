//! A file that no reader sees until it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::disk::owner_only;

/// A file that is being written; removed when it is dropped before it was moved to its path.
pub(crate) struct TempFile {
    path: PathBuf,
    file: File,
    moved: bool,
}

impl TempFile {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = owner_only().create_new(true).open(&path)?;
        Ok(Self { path, file, moved: false })
    }

    /// To write to.
    pub(crate) const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Moves it to `path`, with a content that survives a crash. Its name is durable once the
    /// directory is flushed.
    pub(super) fn move_to(mut self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.moved = true;
        Ok(())
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.moved {
            // The next opening removes what can't be removed now.
            let _ = fs::remove_file(&self.path);
        }
    }
}
