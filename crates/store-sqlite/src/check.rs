//! Whether the file is what it should be.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use selfsame_primitives::Fatal;
use selfsame_store::StoreError;

use crate::failure::{self, Failures};
use crate::schema::{self, read_only};
use crate::{Options, files};

/// What `SQLite` finds wrong with the database at `path`, at most 20 flaws; none where it is whole.
/// Reads the whole file.
pub fn check(path: &Path) -> Result<Vec<String>, StoreError> {
    // Damage is what the caller wants to know: it ends no process.
    let failures = Failures::new(path, Fatal::new(|_| ()));
    let opening = files::turn(path)?;
    files::handle_for_ever(path, &failures)?;
    let connection = read_only(path, Options::default(), &failures)?;
    drop(opening);
    let found = flaws(&connection).map_err(|error| failure::read(&error));
    let _closing = files::turn(path)?;
    drop(connection);
    found
}

/// The same for a copy that no process uses: it is not changed by a byte, and nothing is written
/// beside it.
pub fn check_copy(path: &Path) -> Result<Vec<String>, StoreError> {
    flaws(&untouched(path)?).map_err(|error| failure::read(&error))
}

/// A connection to a database that no process uses, which leaves it unchanged.
pub(crate) fn untouched(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(uri(path), flags).map_err(|error| failure::read(&error))?;
    schema::recognise(schema::identity(&connection).map_err(|error| failure::read(&error))?)?;
    Ok(connection)
}

/// "URI Filenames In SQLite", 3: anything but letters, digits and a few signs is written in
/// hexadecimal digits.
fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        // Writing into a string does not fail.
        let _ = if is_plain {
            write!(uri, "{}", char::from(*byte))
        } else {
            write!(uri, "%{byte:02x}")
        };
    }
    uri + "?immutable=1"
}

fn flaws(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    let found: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_signs_of_a_uri_is_still_a_path() {
        assert_eq!(uri(Path::new("/a b/c?d#e%.db")), "file:/a%20b/c%3fd%23e%25.db?immutable=1");
    }
}
