//! The log's index, which all processes that have a database open share.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The offset of the number of log frames that were moved into the database ("WAL-mode File
/// Format", 2.3: `nBackfill`).
const MOVED_AT: u64 = 96;

/// Makes all processes regard no frame of the log as moved: where a flush of the database failed,
/// no process may start the log anew over the only copy.
///
/// Called right before the process ends: only that closes the handle, which would drop the
/// process's locks on the index.
pub(crate) fn forget_moved(database: &Path) -> io::Result<()> {
    let mut path = database.as_os_str().to_owned();
    path.push("-shm");
    let index = OpenOptions::new().write(true).open(path)?;
    index.write_all_at(&[0; 4], MOVED_AT)?;
    std::mem::forget(index);
    Ok(())
}
