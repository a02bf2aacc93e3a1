//! Whether the file is what it should be.

use std::path::Path;

use rusqlite::Connection;
use selfsame_items::StoreError;

use crate::{Options, failure, read_only};

/// What `SQLite` finds wrong with the database at `path`, at most 20 flaws; none where it is whole. Reads the whole file.
pub fn check(path: &Path) -> Result<Vec<String>, StoreError> {
    let connection = read_only(path, Options::default())?;
    let found = flaws(&connection).map_err(|error| failure::read(&error))?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

fn flaws(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    statement.query_map([], |row| row.get(0))?.collect()
}
