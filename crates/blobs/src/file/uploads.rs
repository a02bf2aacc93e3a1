//! Uploads on the disk: flat in one directory, since there are only as many as uploads under way.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use selfsame_primitives::Timestamp;

use super::disk::{BlobDirectory, UPLOADS, entries, flush_directory, remove_durably};
use super::temp_file::TempFile;
use crate::blob::PAGE;
use crate::{UploadListing, UploadName};

impl BlobDirectory {
    /// Moves an arrived file to its path, as of `now`, durably.
    pub(crate) fn keep_upload(
        &self,
        mut temp_file: TempFile,
        name: &UploadName,
        now: Timestamp,
    ) -> io::Result<()> {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        temp_file.file().set_modified(UNIX_EPOCH + Duration::from_millis(millis))?;
        temp_file.move_to(&self.upload_path(name))?;
        flush_directory(&self.root().join(UPLOADS))
    }

    /// The file of an upload, to be read.
    pub(crate) fn upload(&self, name: &UploadName) -> io::Result<Option<File>> {
        found(File::open(self.upload_path(name)))
    }

    pub(crate) fn delete_upload(&self, name: &UploadName) -> io::Result<()> {
        remove_durably(&self.upload_path(name))
    }

    pub(crate) fn uploads_behind(&self, after: Option<&UploadName>) -> io::Result<UploadListing> {
        let files = entries(&self.root().join(UPLOADS))?.into_iter();
        let names = files.filter_map(|file| UploadName::of_file(&file).ok());
        let mut behind = names.filter(|name| after.is_none_or(|after| name > after));
        let mut uploads = Vec::new();
        for name in behind.by_ref() {
            // One that was deleted meanwhile is none.
            let Some(meta) = found(fs::metadata(self.upload_path(&name)))? else { continue };
            uploads.push((name, modified(&meta)?));
            if uploads.len() == PAGE {
                break;
            }
        }
        Ok(UploadListing { uploads, more: behind.next().is_some() })
    }

    fn upload_path(&self, name: &UploadName) -> PathBuf {
        self.root().join(UPLOADS).join(name.file())
    }
}

/// When a file was written last.
pub(crate) fn modified(meta: &fs::Metadata) -> io::Result<Timestamp> {
    let since = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::default().plus(since))
}

/// What is not there is no error.
fn found<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
