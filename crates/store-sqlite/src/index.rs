//! The log's index, which all processes that have a database open share.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Where it says how many frames of the log were moved into the database ("WAL-mode File Format",
/// 2.3: `nBackfill`).
const MOVED_AT: u64 = 96;

/// Has all processes take the log for moved into the database not at all: where a flush of the
/// database failed, nobody may start the log anew over the only copy.
///
/// To be called before the process ends: nothing but that closes the handle, and with it go the
/// process's locks on the index.
pub(crate) fn forget_moved(database: &Path) -> io::Result<()> {
    let mut path = database.as_os_str().to_owned();
    path.push("-shm");
    let index = OpenOptions::new().write(true).open(path)?;
    index.write_all_at(&[0; 4], MOVED_AT)?;
    std::mem::forget(index);
    Ok(())
}
