//! The files around `SQLite`: modes, flushes, whole copies.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use selfsame_store::StoreError;

use crate::failure::{self, Failures};

/// How much of a file is copied at a time.
const AT_ONCE: usize = 1 << 20;

/// Locks opening and closing of databases in the directory of `path`, which is created where there
/// is none. The lock lasts as long as the returned file.
///
/// `SQLite` alone is not enough: processes that find an empty file all want to make it a database,
/// and one that opens while the last other one closes may find the log half gone. The lock is
/// flock(2)'s, which is independent of `SQLite`'s own, and ends with the process.
pub(crate) fn turn(path: &Path) -> Result<File, StoreError> {
    take_turn(path).map_err(|error| failure::io(&error))
}

fn take_turn(path: &Path) -> io::Result<File> {
    create_directory(path)?;
    let directory = File::open(directory_of(path))?;
    directory.lock()?;
    Ok(directory)
}

/// Makes an empty file that its owner alone may read, where there is none; `SQLite` gives its log
/// the same mode.
pub(crate) fn create_private(path: &Path) -> Result<(), StoreError> {
    match create_new(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failure::io(&error)),
        _ => Ok(()),
    }
}

/// Recovers what an earlier process left, where this is the first process to open the database. If
/// a flush of the log failed, some of its pages may be in memory, count as written, and not be on
/// the disk, so the log is written once more (docs/decisions/0035). Where other processes have it
/// open, the log is in use and left alone.
fn take_up(database: &File, path: &Path, failures: &Failures) -> Result<(), StoreError> {
    let failed = |error: io::Error| failure::io(&error);
    match database.try_lock() {
        Ok(()) => {
            if let Some(log) = write_again(&log_of(path)).map_err(failed)? {
                log.sync_data().map_err(|error| failures.flush(&error))?;
            }
        }
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // For as long as the handle is open.
    database.lock_shared().map_err(failed)
}

/// Writes a file, where there is one, over itself.
fn write_again(path: &Path) -> io::Result<Option<File>> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut part = vec![0; AT_ONCE];
    let mut place = 0;
    loop {
        let read = file.read_at(&mut part, place)?;
        let Some(bytes) = part.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok(Some(file));
        };
        file.write_all_at(bytes, place)?;
        place += bytes.len() as u64;
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Durably: a directory's name is flushed with the one that it stands in.
fn create_directory(path: &Path) -> io::Result<()> {
    let directory = directory_of(path);
    let missing: Vec<_> = directory.ancestors().take_while(|place| !place.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    missing.into_iter().filter(|place| !place.as_os_str().is_empty()).try_for_each(sync_directory)
}

fn create_new(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Makes the names in the directory of `path` durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

/// Has `write` fill a new file beside `path`, and gives it that name only when it is whole and
/// durable.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let partial = with_suffix(path, ".partial");
    create_directory(path)
        .and_then(|()| create_new(&partial))
        .map_err(|error| failure::io(&error))?;
    let written =
        write(&partial).and_then(|()| publish(&partial, path).map_err(|error| failure::io(&error)));
    // Its other name stays where all went well.
    let removed = std::fs::remove_file(&partial).and_then(|()| sync_directory(path));
    written.and(removed.map_err(|error| failure::io(&error)))
}

fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    // Unlike a rename, a link replaces nothing.
    std::fs::hard_link(partial, path)
}

/// Excludes other processes from the database at `path` until this process ends. Called with
/// [`turn`] held.
pub(crate) fn alone(path: &Path, failures: &Failures) -> Result<(), StoreError> {
    // Every process that has the database open holds this lock shared.
    match handle_for_ever(path, failures)?.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(
            "another process has it open; stop the service first".into(),
        )),
        Err(TryLockError::Error(error)) => Err(failure::io(&error)),
    }
}

/// The path of a database that is to replace the one at `path`.
pub(crate) fn aside(path: &Path) -> PathBuf {
    with_suffix(path, ".compacting")
}

/// Creates the empty file `aside`, replacing one that an earlier try has left.
pub(crate) fn begin_aside(aside: &Path) -> Result<(), StoreError> {
    let removed = match std::fs::remove_file(aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    removed.and_then(|()| create_new(aside)).map_err(|error| failure::io(&error))
}

/// Replaces `path` by `aside`. No process has `path` open, and its log is empty or gone.
pub(crate) fn replace(path: &Path, aside: &Path, failures: &Failures) -> Result<(), StoreError> {
    replace_with(path, aside, sync_directory).map_err(|error| failures.io(&error))
}

fn replace_with(
    path: &Path,
    aside: &Path,
    mut flush_names: impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    File::open(aside)?.sync_all()?;
    // That the log ended is durable before another database is beside it: a power cut must not
    // bring it back to that one.
    match File::open(log_of(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        log => log?.sync_all()?,
    }
    flush_names(path)?;
    std::fs::rename(aside, path)?;
    flush_names(path)
}

/// The log beside the database at `path`.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    with_suffix(path, "-wal")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The size of a file in bytes; 0 where there is none.
pub(crate) fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// The identity of a file, whatever its name: device and inode. No other file has the same while
/// this one is open.
pub(crate) type Identity = (u64, u64);

/// Which file it is that `about` is about.
pub(crate) fn identity(about: &Metadata) -> Identity {
    (about.dev(), about.ino())
}

type Handles = HashMap<Identity, Arc<File>>;

/// The handle of the database file, to flush it and to show others that it is open. Called with
/// [`turn`] held, before `SQLite` opens the files.
///
/// Closing *any* descriptor of a file drops all POSIX locks that the process has on it (fcntl(2)),
/// and `SQLite`'s locks are such ones. So handles are kept until the process ends, one for each
/// file.
pub(crate) fn handle_for_ever(path: &Path, failures: &Failures) -> Result<Arc<File>, StoreError> {
    static HANDLES: Mutex<Option<Handles>> = Mutex::new(None);
    let mut handles = HANDLES.lock().unwrap_or_else(PoisonError::into_inner);
    let handles = handles.get_or_insert_default();
    let found = path.metadata().map_err(|error| failure::io(&error))?;
    let identity = identity(&found);
    if let Some(handle) = handles.get(&identity) {
        return Ok(Arc::clone(handle));
    }
    let handle =
        Arc::new(OpenOptions::new().write(true).open(path).map_err(|error| failure::io(&error))?);
    take_up(&handle, path, failures)?;
    handles.insert(identity, Arc::clone(&handle));
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_log_is_durable_before_another_database_is_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("items.db");
        let new = aside(&path);
        std::fs::write(&path, "old").unwrap();
        std::fs::write(&new, "new").unwrap();
        let mut flushed = Vec::new();
        let note = |place: &Path| -> io::Result<()> {
            flushed.push(std::fs::read_to_string(place)?);
            Ok(())
        };
        replace_with(&path, &new, note).unwrap();
        assert_eq!(flushed, ["old", "new"]);
        // Where that can't be made durable, the old one stays.
        std::fs::write(&new, "newer").unwrap();
        let refused = replace_with(&path, &new, |_| Err(io::Error::other("the disk is broken")));
        assert!(refused.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    }
}
