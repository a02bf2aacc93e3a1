//! Giving space that nothing lies in back to the file system.

use std::path::Path;

use rusqlite::Connection;
use selfsame_primitives::Fatal;
use selfsame_store::StoreError;

use crate::check::check_copy;
use crate::failure::{self, Failures};
use crate::{Options, files, schema};

/// Writes the database at `path` anew, without its free pages, and replaces the old file; returns
/// the sizes before and after, in bytes.
///
/// No connection may be open, in this process either: its writes to the old file would be lost. The
/// new file is written beside the old one, so there must be room for both, and a crash leaves the
/// old or the new one. Where a flush of the old one fails, `fatal` ends the process.
pub fn compact(path: &Path, fatal: Fatal) -> Result<(u64, u64), StoreError> {
    let failures = Failures::new(path, fatal);
    if !path.exists() {
        return Err(StoreError::Unavailable(format!("there is no {}", path.display())));
    }
    // Another process that opens the database waits until the new file is in its place.
    let _turn = files::turn(path)?;
    files::alone(path, &failures)?;
    let before = files::size(path) + files::size(&files::log_of(path));
    let aside = files::aside(path);
    let written =
        write(path, &aside, &failures).and_then(|()| files::replace(path, &aside, &failures));
    if written.is_err() {
        // Where it can't be removed either, the next try does it.
        let _ = std::fs::remove_file(&aside);
    }
    written.map(|()| (before, files::size(path)))
}

fn write(path: &Path, aside: &Path, failures: &Failures) -> Result<(), StoreError> {
    let connection = schema::connect(path, Options::default(), failures)?;
    end_log(&connection, failures)?;
    let count = count(&connection)?;
    files::begin_aside(aside)?;
    let name =
        aside.to_str().ok_or_else(|| StoreError::Unavailable("the path is no text".into()))?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| failure::read(&error))?;
    connection.close().map_err(|(_, error)| failure::read(&error))?;
    if files::size(&files::log_of(path)) > 0 {
        return Err(StoreError::Unavailable(
            "the log is not empty, so it was used meanwhile".into(),
        ));
    }
    let flaws = check_copy(aside)?;
    let found = copied(aside)?;
    if flaws.is_empty() && found == count {
        Ok(())
    } else {
        Err(StoreError::Corrupt(format!(
            "{found} items of {count} were written: {}",
            flaws.join("; ")
        )))
    }
}

/// Moves all of the log into the database.
fn end_log(connection: &Connection, failures: &Failures) -> Result<(), StoreError> {
    let row = |row: &rusqlite::Row<'_>| row.get::<_, bool>(0);
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], row);
    if busy.map_err(|error| failures.read(&error))? {
        return Err(StoreError::Unavailable("another process has the store open".into()));
    }
    Ok(())
}

fn count(connection: &Connection) -> Result<i64, StoreError> {
    let count = connection.query_row("SELECT count(*) FROM items", [], |row| row.get(0));
    count.map_err(|error| failure::read(&error))
}

fn copied(aside: &Path) -> Result<i64, StoreError> {
    count(&crate::check::untouched(aside)?)
}
