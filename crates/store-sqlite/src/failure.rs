//! How errors map to those of the port, and which of them end the process (docs/decisions/0035).
//!
//! Linux reports a failed flush once: the pages count as clean all the same, and the next flush
//! succeeds. So nothing may rely on a file after that; the next start reads the log again. A
//! *write* that fails for want of room is another matter: no commit relies on it, and the store
//! goes on.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Error, ErrorCode, ffi};
use selfsame_primitives::Fatal;
use selfsame_store::StoreError;

use crate::index;

/// The system's error for a broken device; the same number on all supported systems, like those of
/// [`is_want_of_files`].
const EIO: i32 = 5;

/// For errors of anything but a `COMMIT`: nothing was written. Called on the thread that got
/// `error`, before any other system call, which would replace the system's error.
pub(crate) fn read(error: &Error) -> StoreError {
    classify(error, &io::Error::last_os_error())
}

/// The same with `system`, the last error of the system.
fn classify(error: &Error, system: &io::Error) -> StoreError {
    let corrupt = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    );
    // Without an error code of SQLite the rows don't match the schema.
    if corrupt || (error.sqlite_error().is_none() && *error != Error::QueryReturnedNoRows) {
        return StoreError::Corrupt(error.to_string());
    }
    StoreError::Unavailable(describe(error, system))
}

/// Of the file system.
pub(crate) fn io(error: &io::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// Watches over a database's files: every error of theirs passes here.
#[derive(Clone)]
pub(crate) struct Failures {
    path: PathBuf,
    fatal: Fatal,
    ended: Arc<AtomicBool>,
}

impl Failures {
    pub(crate) fn new(path: &Path, fatal: Fatal) -> Self {
        Self { path: path.to_owned(), fatal, ended: Arc::default() }
    }

    /// What an error of anything but a `COMMIT` means; ends the process where the disk failed.
    pub(crate) fn read(&self, error: &Error) -> StoreError {
        let system = io::Error::last_os_error();
        if is_disk_failure(error, &system) {
            self.end(&format!("failed: {}", describe(error, &system)));
        }
        classify(error, &system)
    }

    /// Of a `COMMIT`. Where the log could only be written in part the next recovery drops it; where
    /// it was written and the flush failed, recovery might still find it.
    pub(crate) fn commit(&self, error: &Error) -> StoreError {
        let system = io::Error::last_os_error();
        if is_disk_failure(error, &system) {
            let words = describe(error, &system);
            self.end(&format!("failed while committing: {words}"));
            return StoreError::Unknown(words);
        }
        classify(error, &system)
    }

    /// Of a flush of our own.
    pub(crate) fn flush(&self, error: &io::Error) -> StoreError {
        // What is flushed has to be opened first, and never was.
        if is_want_of_files(error) {
            return io(error);
        }
        self.end(&format!("could not be flushed: {error}"));
        io(error)
    }

    /// Of the file system where all of the database is moved; ends the process where the disk
    /// failed.
    pub(crate) fn io(&self, error: &io::Error) -> StoreError {
        if error.raw_os_error() == Some(EIO) {
            self.end(&format!("failed: {error}"));
        }
        io(error)
    }

    /// Ends the process, `what` having happened to the store.
    pub(crate) fn end(&self, what: &str) {
        self.ended.store(true, Ordering::Release);
        // Another process on these files must not take for durable what this one could not flush.
        // Where the disk fails here, too, there is no more to be done.
        let _ = index::forget_moved(&self.path);
        self.fatal.end(&format!("the store {} {what}", self.path.display()));
    }

    /// Another file lies where the database was opened, or none: writes to the open one are lost
    /// with the process (docs/decisions/0036). The log's index at the path belongs to the other
    /// file, so it is left alone.
    pub(crate) fn replaced(&self) -> StoreError {
        self.ended.store(true, Ordering::Release);
        let why =
            format!("the store {} was moved or replaced while it was open", self.path.display());
        self.fatal.end(&why);
        StoreError::Unavailable(why)
    }

    /// Whether the process was to end; observable in tests only.
    pub(crate) fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// `SQLite` has one sentence for everything that the system refuses, "disk I/O error", which would
/// send an operator with a full disk looking for a broken one.
fn describe(error: &Error, system: &io::Error) -> String {
    if io_failure(error).is_some() && is_want_of_room(system) {
        format!("{error}: {system}")
    } else {
        error.to_string()
    }
}

fn io_failure(error: &Error) -> Option<&ffi::Error> {
    error.sqlite_error().filter(|found| found.code == ErrorCode::SystemIoFailure)
}

/// Whether the disk failed, so that memory and disk may differ; `system` is the last error of the
/// system on the thread that got `error`, before any other call.
fn is_disk_failure(error: &Error, system: &io::Error) -> bool {
    let Some(found) = io_failure(error) else { return false };
    match found.extended_code {
        // Memory ran out, or there is no room for the log's index, which can be rebuilt from the
        // log.
        ffi::SQLITE_IOERR_NOMEM | ffi::SQLITE_IOERR_SHMSIZE => false,
        // A full disk has a code of its own, but other ways to be out of room don't.
        ffi::SQLITE_IOERR_WRITE => !is_want_of_room(system),
        _ => true,
    }
}

fn is_want_of_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

/// Whether no more files may be open: EMFILE for this process, ENFILE for the whole system. The
/// same numbers on all systems that this runs on.
fn is_want_of_files(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn error(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), None)
    }

    /// What the process would have ended with.
    fn ends_with(act: impl FnOnce(&Failures) -> StoreError) -> (StoreError, Vec<String>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let fatal = Fatal::new(move |why| heard.lock().unwrap().push(why.to_owned()));
        let outcome = act(&Failures::new(Path::new("/no/such/items.db"), fatal));
        let said = said.lock().unwrap().clone();
        (outcome, said)
    }

    #[test]
    fn a_flush_that_fails_ends_the_process_whatever_the_reason() {
        for code in
            [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC, ffi::SQLITE_IOERR_TRUNCATE]
        {
            let (outcome, said) = ends_with(|failures| failures.commit(&error(code)));
            assert!(matches!(outcome, StoreError::Unknown(_)), "{outcome:?}");
            assert!(
                said[0].starts_with("the store /no/such/items.db failed while committing: "),
                "{said:?}"
            );
        }
        let full = io::Error::from(ErrorKind::StorageFull);
        assert_eq!(ends_with(|failures| failures.flush(&full)).1.len(), 1);
    }

    #[test]
    fn moving_a_database_ends_the_process_only_where_the_disk_fails() {
        for (number, ends) in [(EIO, 1), (28, 0), (24, 0), (2, 0)] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(ends_with(|failures| failures.io(&error)).1.len(), ends, "{error}");
        }
    }

    #[test]
    fn too_many_open_files_are_no_failure_of_the_disk() {
        for number in [23, 24] {
            let error = io::Error::from_raw_os_error(number);
            let (outcome, said) = ends_with(|failures| failures.flush(&error));
            assert!(
                matches!(outcome, StoreError::Unavailable(_)) && said.is_empty(),
                "{error}: {said:?}"
            );
        }
    }

    #[test]
    fn a_disk_that_can_not_be_read_ends_the_process() {
        for code in
            [ffi::SQLITE_IOERR_READ, ffi::SQLITE_IOERR_SHORT_READ, ffi::SQLITE_IOERR_CORRUPTFS]
        {
            assert_eq!(ends_with(|failures| failures.read(&error(code))).1.len(), 1);
        }
    }

    #[test]
    fn what_is_no_failure_of_the_disk_ends_nothing() {
        let codes = [
            ffi::SQLITE_FULL,
            ffi::SQLITE_BUSY,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_IOERR_NOMEM,
            ffi::SQLITE_IOERR_SHMSIZE,
        ];
        for code in codes {
            let (outcome, said) = ends_with(|failures| failures.commit(&error(code)));
            assert!(matches!(outcome, StoreError::Unavailable(_)), "{outcome:?}");
            assert!(said.is_empty(), "{said:?}");
        }
    }

    #[test]
    fn what_finds_no_room_says_so_in_the_words_of_the_system() {
        let words = |code, system| describe(&error(code), &io::Error::from_raw_os_error(system));
        for code in [ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_FSYNC] {
            for (system, said) in
                [(28, "No space left"), (27, "File too large"), (122, "quota exceeded")]
            {
                assert!(words(code, system).contains(said), "{}", words(code, system));
            }
            assert!(
                !words(code, 5).contains("os error"),
                "what was said before may be about something else"
            );
        }
        assert!(!words(ffi::SQLITE_BUSY, 28).contains("No space left"));
        // The same with an error that the system has just given.
        let (outcome, said) = ends_with(|failures| {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let error = error(ffi::SQLITE_IOERR_SHMSIZE);
            io::Write::write_all(&mut &full, b"x").unwrap_err();
            failures.read(&error)
        });
        let StoreError::Unavailable(why) = outcome else { panic!("{outcome:?}") };
        assert!(why.contains("No space left on device") && said.is_empty(), "{why} {said:?}");
    }

    #[test]
    fn a_quota_is_want_of_room_and_a_broken_disk_is_not() {
        for (kind, room) in [(28, true), (122, true), (27, true), (5, false), (30, false)] {
            assert_eq!(is_want_of_room(&io::Error::from_raw_os_error(kind)), room, "{kind}");
        }
    }
}
