//! The blocking half.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use selfsame_primitives::{SystemRandom, short_id};

use super::failed;
use super::temp_file::TempFile;
use crate::blob::PAGE;
use crate::{Blob, BlobError, BlobName, ByteRange, Listing};

/// The directory where blobs are written before they are moved.
const NEW: &str = ".new";
/// Where uploads stand. No folder of blobs can have this name.
pub(super) const UPLOADS: &str = ".uploads";

#[derive(Debug)]
pub(crate) struct BlobDirectory {
    root: PathBuf,
    /// The shards whose names this process has flushed: a directory that exists may still be lost
    /// in a power cut (docs/decisions/0035).
    shards: Mutex<HashSet<PathBuf>>,
    /// Held shared by every process that writes here, so that none takes another's fresh files for
    /// leftovers.
    _lock: File,
}

impl BlobDirectory {
    pub(super) fn open(root: PathBuf) -> io::Result<Self> {
        let parent =
            root.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        make_directory(&root)?;
        make_directory(&root.join(NEW))?;
        make_directory(&root.join(UPLOADS))?;
        flush_directory(&root)?;
        flush_directory(parent)?;
        let lock = owner_only().create(true).truncate(false).open(root.join(".lock"))?;
        if lock.try_lock().is_ok() {
            remove_files(&root.join(NEW))?;
            lock.unlock()?;
        }
        lock.lock_shared()?;
        Ok(Self { root, shards: Mutex::default(), _lock: lock })
    }

    pub(super) fn put(&self, name: &BlobName, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let parent = path.parent().unwrap_or(&self.root);
        self.make_shard(name, parent)?;
        let mut temp_file = self.create_temp()?;
        temp_file.file().write_all(bytes)?;
        temp_file.move_to(&path)?;
        flush_directory(parent)
    }

    /// A file to write, which is moved to its path when it is whole.
    pub(crate) fn create_temp(&self) -> io::Result<TempFile> {
        TempFile::create(self.root.join(NEW).join(short_id(22, &SystemRandom)))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn get(
        &self,
        name: &BlobName,
        range: Option<ByteRange>,
    ) -> Result<Option<Blob>, BlobError> {
        let mut file = match File::open(self.path(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let meta = file.metadata().map_err(failed)?;
        let size = meta.len();
        let part = match range {
            Some(range) => range.resolve(size).ok_or(BlobError::Range { size })?,
            None => 0..size,
        };
        let bytes = read_part(&mut file, part.start, part.end - part.start).map_err(failed)?;
        // The inode distinguishes two versions of the same size within one tick of the clock.
        let etag = format!("{:x}-{:x}{:08x}-{size:x}", meta.ino(), meta.mtime(), meta.mtime_nsec());
        Ok(Some(Blob { bytes: bytes.into(), start: part.start, size, etag }))
    }

    pub(super) fn delete(&self, name: &BlobName) -> io::Result<()> {
        remove_durably(&self.path(name))
    }

    pub(super) fn list(&self, folder: &str, after: Option<&BlobName>) -> io::Result<Listing> {
        let directory = self.root.join(folder);
        let mut names = Vec::new();
        for shard in entries(&directory)? {
            if names.len() > PAGE {
                break;
            }
            if after
                .is_some_and(|after| after.folder() == folder && shard.as_str() < shard_of(after))
            {
                continue;
            }
            let found = entries(&directory.join(&shard))?.into_iter();
            let found = found.filter_map(|file| BlobName::parse(&format!("{folder}/{file}")).ok());
            names.extend(found.filter(|name| after.is_none_or(|after| name > after)));
        }
        let more = names.len() > PAGE;
        names.truncate(PAGE);
        Ok(Listing { names, more })
    }

    fn path(&self, name: &BlobName) -> PathBuf {
        self.root.join(name.folder()).join(shard_of(name)).join(name.file())
    }

    /// A directory is durable once its parent is flushed; the process that made it may have ended,
    /// or failed, before that.
    fn make_shard(&self, name: &BlobName, shard: &Path) -> io::Result<()> {
        if self.shards().contains(shard) {
            return Ok(());
        }
        let folder = self.root.join(name.folder());
        make_directory(&folder)?;
        make_directory(shard)?;
        flush_directory(&folder)?;
        flush_directory(&self.root)?;
        self.shards().insert(shard.to_owned());
        Ok(())
    }

    fn shards(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shard_of(name: &BlobName) -> &str {
    name.file().get(..2).unwrap_or_default()
}

pub(super) fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

fn make_directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

/// Removes a file where there is one. Where there is none, an earlier removal may not be durable
/// yet, so the directory is flushed all the same.
pub(super) fn remove_durably(path: &Path) -> io::Result<()> {
    let absent = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    match fs::remove_file(path) {
        Err(error) if !absent(&error) => return Err(error),
        _ => {}
    }
    match path.parent().map(flush_directory) {
        Some(Err(error)) if !absent(&error) => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn flush_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn read_part(file: &mut File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn remove_files(directory: &Path) -> io::Result<()> {
    entries(directory)?.iter().try_for_each(|name| fs::remove_file(directory.join(name)))
}

/// What stands in `directory`, in the order of bytes; nothing where there is no such directory.
pub(super) fn entries(directory: &Path) -> io::Result<Vec<String>> {
    let read = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let mut names = Vec::new();
    for entry in read {
        names.extend(entry?.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}
