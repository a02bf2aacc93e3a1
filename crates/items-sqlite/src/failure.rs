//! What `SQLite`'s errors mean to the port.

use rusqlite::{Error, ErrorCode, ffi};
use selfsame_items::StoreError;

/// Of anything but a `COMMIT`: nothing was written.
pub(crate) fn read(error: &Error) -> StoreError {
    let corrupt =
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase));
    // Without a code of SQLite's the rows are not what the schema says.
    if corrupt || (error.sqlite_error().is_none() && *error != Error::QueryReturnedNoRows) {
        return StoreError::Corrupt(error.to_string());
    }
    StoreError::Unavailable(error.to_string())
}

/// Of a `COMMIT`: where the log was written in part only, the next recovery drops it; where writing was done and
/// flushing failed, recovery after a crash might still find it.
pub(crate) fn commit(error: &Error) -> StoreError {
    let full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
    let partial = error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_IOERR_WRITE);
    if full || partial { read(error) } else { StoreError::Unknown(error.to_string()) }
}

/// Of the file system.
pub(crate) fn io(error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
