//! The database: its one table, its version, its connections.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use selfsame_store::StoreError;

use crate::Options;
use crate::failure::Failures;

/// "Slfs": identifies the application in the file's header (`SQLite`, "Database File Format",
/// 1.3.17).
const APPLICATION: i32 = 0x536C_6673;
/// The version of the table.
const VERSION: i32 = 1;
/// Bytes of a page of a new database. The log takes whole pages and a flush takes as long as it has
/// bytes, so smaller ones carry more commits; below this the trees grow deeper for nothing.
const PAGE_BYTES: u32 = 2048;

// A table with row ids and an index of keys, not WITHOUT ROWID: there whole rows lie in the inner
// pages of the tree, about four to a page with profiles of 900 bytes, and every look-up reads twice
// as many pages. The body is last, so that a guard is checked without reading the overflow pages of
// a large one.
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

/// A connection with the settings that every connection has. A database that is another program's,
/// or of a later version, is refused before anything in it changes.
pub(crate) fn connect(
    path: &Path,
    options: Options,
    failures: &Failures,
) -> Result<Connection, StoreError> {
    let failed = |error: rusqlite::Error| failures.read(&error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(options.patience).map_err(failed)?;
    recognise(identity(&connection).map_err(failed)?)?;
    configure(&connection, options).map_err(failed)?;
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn read_only(
    path: &Path,
    options: Options,
    failures: &Failures,
) -> Result<Connection, StoreError> {
    let connection = connect(path, options, failures)?;
    connection.pragma_update(None, "query_only", true).map_err(|error| failures.read(&error))?;
    Ok(connection)
}

pub(crate) fn recognise((application, version, tables): (i32, i32, i32)) -> Result<(), StoreError> {
    match (application == APPLICATION || tables == 0, version) {
        (true, 0 | VERSION) => Ok(()),
        (true, found) => Err(StoreError::Corrupt(format!(
            "the database has version {found}, and this program knows version {VERSION}"
        ))),
        (false, _) => Err(StoreError::Corrupt("the database belongs to another program".into())),
    }
}

/// Whose the database is, its version, and how many tables and indexes it has, all at one moment.
pub(crate) fn identity(connection: &Connection) -> rusqlite::Result<(i32, i32, i32)> {
    let transaction = connection.unchecked_transaction()?;
    let number = |sql| transaction.query_row(sql, [], |row| row.get(0));
    Ok((
        number("PRAGMA application_id")?,
        number("PRAGMA user_version")?,
        number("SELECT count(*) FROM sqlite_schema")?,
    ))
}

fn configure(connection: &Connection, options: Options) -> rusqlite::Result<()> {
    // Of no effect where there are pages already.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    use_log(connection)?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Apple's fsync doesn't reach the disk without it; nothing elsewhere.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -i64::from(options.cache_bytes / 1024))?;
    // The bundled library is built with statistics of values (STAT4), with which a cached statement
    // is planned anew whenever another value is bound to it. These statements use the primary key
    // alone, whatever the values.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // What is erased is overwritten where its page is written anyway: no cost that could be
    // measured.
    connection.pragma_update_and_check(None, "secure_delete", "fast", |_| Ok(()))?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Switches the database to write-ahead logging.
fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    // To its end: the statement commits after its only row, and reports a failure only then.
    let mut statement = connection.prepare("PRAGMA journal_mode = wal")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Makes the table where there is none yet.
pub(crate) fn prepare(connection: &Connection, failures: &Failures) -> Result<(), StoreError> {
    create_if_empty(connection).map_err(|error| failures.read(&error))
}

fn create_if_empty(connection: &Connection) -> rusqlite::Result<()> {
    // A version never goes back, so this can be checked without waiting for the write lock.
    if version(connection)? != 0 {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if version(&transaction)? == 0 {
        transaction.execute_batch(CREATE)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
