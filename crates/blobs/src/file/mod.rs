//! Blobs in a directory, for a single node.
//!
//! `{root}/{folder}/{first two characters of the stem}/{file}`: no directory grows beyond a 4,096th
//! of a folder, and the order of the directories is that of the names. A blob is written to
//! `{root}/.new/`, flushed, and moved to its path, so that a reader or a crash sees all of it or
//! nothing.
//!
//! A flush that fails is an error of the call, and the process goes on: nothing relies on it, since
//! a retry writes another file (docs/decisions/0035).

mod disk;
mod file_uploads;
mod temp_file;
mod uploads;

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use self::disk::BlobDirectory;
pub use self::file_uploads::FileUploads;
use crate::name::is_folder;
use crate::{Blob, BlobError, BlobName, Blobs, ByteRange, InvalidName, Listing};

/// So many calls use the disk at a time; the others wait without holding a thread.
const WIDTH: usize = 16;

/// Blobs in a directory.
#[derive(Clone, Debug)]
pub struct FileBlobs {
    disk: Arc<BlobDirectory>,
    turns: Arc<Semaphore>,
}

impl FileBlobs {
    /// Opens `dir`, made if need be and readable by its owner only. What a crash left half-written
    /// is removed.
    pub async fn open(dir: impl AsRef<Path>) -> Result<Self, BlobError> {
        let dir = dir.as_ref().to_owned();
        let disk = spawn_blocking(move || BlobDirectory::open(dir))
            .await
            .map_err(lost)?
            .map_err(failed)?;
        Ok(Self { disk: Arc::new(disk), turns: Arc::new(Semaphore::new(WIDTH)) })
    }

    async fn on_disk<T, F>(&self, act: F) -> Result<T, BlobError>
    where
        T: Send + 'static,
        F: FnOnce(&BlobDirectory) -> Result<T, BlobError> + Send + 'static,
    {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let disk = Arc::clone(&self.disk);
        let work = move || {
            let _turn = turn;
            act(&disk)
        };
        spawn_blocking(work).await.map_err(lost)?
    }
}

#[expect(clippy::needless_pass_by_value, reason = "this is the shape that map_err takes")]
fn failed(error: io::Error) -> BlobError {
    BlobError::Unavailable(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "this is the shape that map_err takes")]
fn lost(error: tokio::task::JoinError) -> BlobError {
    BlobError::Unavailable(format!("the work on the disk did not end: {error}"))
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn put(&self, name: &BlobName, bytes: Bytes) -> Result<(), BlobError> {
        let name = name.clone();
        self.on_disk(move |disk| disk.put(&name, &bytes).map_err(failed)).await
    }

    async fn get(
        &self,
        name: &BlobName,
        range: Option<ByteRange>,
    ) -> Result<Option<Blob>, BlobError> {
        let name = name.clone();
        self.on_disk(move |disk| disk.get(&name, range)).await
    }

    async fn delete(&self, name: &BlobName) -> Result<(), BlobError> {
        let name = name.clone();
        self.on_disk(move |disk| disk.delete(&name).map_err(failed)).await
    }

    async fn list(&self, folder: &str, after: Option<&BlobName>) -> Result<Listing, BlobError> {
        if !is_folder(folder) {
            return Err(InvalidName.into());
        }
        let (folder, after) = (folder.to_owned(), after.cloned());
        self.on_disk(move |disk| disk.list(&folder, after.as_ref()).map_err(failed)).await
    }
}
