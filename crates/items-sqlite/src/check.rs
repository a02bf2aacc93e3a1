//! Whether the file is what it should be.

use std::path::Path;

use rusqlite::Connection;
use selfsame_basics::Fatal;
use selfsame_items::StoreError;

use crate::failure::{self, Failures};
use crate::{Options, files, read_only};

/// What `SQLite` finds wrong with the database at `path`, at most 20 flaws; none where it is whole. Reads the whole file.
pub fn check(path: &Path) -> Result<Vec<String>, StoreError> {
    // Whatever is wrong is what is asked for: it ends nothing.
    let failures = Failures::new(path, Fatal::new(|_| ()));
    let opening = files::turn(path)?;
    files::handle_for_ever(path, &failures)?;
    let connection = read_only(path, Options::default(), &failures)?;
    drop(opening);
    let found = flaws(&connection).map_err(|error| failure::read(&error));
    let _closing = files::turn(path)?;
    drop(connection);
    Ok(found?.into_iter().filter(|line| line != "ok").collect())
}

fn flaws(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    statement.query_map([], |row| row.get(0))?.collect()
}
