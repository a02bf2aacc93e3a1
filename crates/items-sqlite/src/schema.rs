//! The database: its one table, its version, its connections.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use selfsame_items::StoreError;

use crate::{Options, failure};

/// "Slfs": says in the file's header whose database it is (`SQLite`, "Database File Format", 1.3.17).
const APPLICATION: i32 = 0x536C_6673;
/// The version of the table.
const VERSION: i32 = 1;

// With rows of its own beside the index of keys, not WITHOUT ROWID: there whole rows stand in the inner pages of the tree,
// about four to a page with profiles of 900 bytes, and every look-up goes through twice as many pages. The body is last,
// so that a guard is checked without reading the pages a large one overflows to.
const CREATE: &str = "
    CREATE TABLE items (
        id         INTEGER PRIMARY KEY,
        partition  TEXT NOT NULL,
        sort       TEXT NOT NULL,
        revision   INTEGER NOT NULL,
        expires_at INTEGER,
        body       BLOB NOT NULL,
        UNIQUE (partition, sort)
    ) STRICT;
    CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
";

/// A connection with the settings that every connection has.
pub(crate) fn connect(path: &Path, options: Options) -> Result<Connection, StoreError> {
    configured(path, options).map_err(|error| failure::read(&error))
}

fn configured(path: &Path, options: Options) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.patience)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Apple's fsync doesn't reach the disk without it; nothing elsewhere.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -i64::from(options.cache_bytes / 1024))?;
    // What is erased is overwritten where its page is written anyway: no cost that could be measured.
    connection.pragma_update_and_check(None, "secure_delete", "fast", |_| Ok(()))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Makes the table in an empty database; refuses one that is another program's or of a later version.
pub(crate) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    match (version(connection, "application_id")?, version(connection, "user_version")?) {
        (APPLICATION, VERSION) => Ok(()),
        (0, 0) => create(connection).map_err(|error| failure::read(&error))?,
        (APPLICATION, found) => Err(StoreError::Corrupt(format!(
            "the database has version {found}, and this program knows version {VERSION}"
        ))),
        _ => Err(StoreError::Corrupt("the database belongs to another program".into())),
    }
}

fn version(connection: &Connection, pragma: &str) -> Result<i32, StoreError> {
    connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(|error| failure::read(&error))
}

fn create(connection: &Connection) -> rusqlite::Result<Result<(), StoreError>> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 {
        drop(transaction);
        // Another process may have been quicker.
        let version = version(connection, "application_id");
        return Ok(version.and_then(|id| {
            if id == APPLICATION {
                prepare(connection)
            } else {
                Err(StoreError::Corrupt("the database belongs to another program".into()))
            }
        }));
    }
    transaction.execute_batch(CREATE)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(Ok(()))
}
