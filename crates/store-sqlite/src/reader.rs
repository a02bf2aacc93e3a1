//! Reading, on the caller's thread.

use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use selfsame_primitives::Timestamp;
use selfsame_store::limits::{MAX_PAGE_ITEMS, PageBuilder};
use selfsame_store::{
    Direction, Item, Key, Page, Query, Revision, ScanPage, StoreError, successor,
};

use crate::Options;
use crate::failure::{self, Failures};
use crate::files::{self, Identity};
use crate::schema::{self, read_only};

/// So many items of one partition are read by one statement; more, or of several partitions, each
/// by one of its own.
const TOGETHER: usize = 8;

const GET: &str = "SELECT revision, expires_at, body FROM items
    WHERE partition = ?1 AND sort = ?2 AND (expires_at IS NULL OR expires_at > ?3)";

const FORWARD: &str = "SELECT revision, expires_at, body, partition, sort FROM items
    WHERE partition = ?1 AND sort >= ?2 AND sort < ?3 AND (expires_at IS NULL OR expires_at > ?4) ORDER BY sort";

const BACKWARD: &str = "SELECT revision, expires_at, body, partition, sort FROM items
    WHERE partition = ?1 AND sort >= ?2 AND sort < ?3 AND (expires_at IS NULL OR expires_at > ?4) ORDER BY sort DESC";

const SCAN: &str = "SELECT revision, expires_at, body, partition, sort FROM items
    WHERE (partition, sort) > (?1, ?2) AND partition < ?3 AND (expires_at IS NULL OR expires_at > ?4)
    ORDER BY partition, sort";

/// Connections that only read; as many as there ever were readers at the same time.
pub(crate) struct Readers {
    path: PathBuf,
    /// Which file lay at `path` when the store was opened.
    identity: Identity,
    options: Options,
    failures: Failures,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(
        path: &Path,
        identity: Identity,
        options: Options,
        failures: Failures,
    ) -> Self {
        Self { path: path.to_owned(), identity, options, failures, idle: Mutex::default() }
    }

    /// Reads on a connection that no other thread uses meanwhile.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let connection = idle.map_or_else(|| self.connect(read_only), Ok)?;
        let result = read(&connection).map_err(|error| self.failures.read(&error));
        // One that is still within a transaction would read the past for ever.
        if connection.is_autocommit() {
            self.idle().push(connection);
        }
        result
    }

    /// Opens another connection. `SQLite` opens it by the path, while existing ones keep their
    /// file: where that was replaced, some would read one store and some another.
    fn connect(
        &self,
        open: impl FnOnce(&Path, Options, &Failures) -> Result<Connection, StoreError>,
    ) -> Result<Connection, StoreError> {
        self.check_place()?;
        let connection = open(&self.path, self.options, &self.failures)?;
        // It may have been replaced just before it was opened.
        self.check_place().map(|()| connection)
    }

    /// Ends the process where the file that was opened does not lie at its path any more.
    pub(crate) fn check_place(&self) -> Result<(), StoreError> {
        match self.path.metadata() {
            Ok(found) if files::identity(&found) == self.identity => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failure::io(&error)),
            Ok(_) | Err(_) => Err(self.failures.replaced()),
        }
    }

    /// Writes a whole copy into the empty file `path`.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let name =
            path.to_str().ok_or_else(|| StoreError::Unavailable("the path is no text".into()))?;
        // Its own connection, since this one writes: not to the database, but `query_only` makes no
        // difference.
        let connection = self.connect(schema::connect)?;
        // A failed copy ends no process: the caller gets the error.
        connection
            .execute("VACUUM INTO ?1", [name])
            .map(|_| ())
            .map_err(|error| failure::read(&error))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn get(
    connection: &Connection,
    key: &Key,
    now: Timestamp,
) -> rusqlite::Result<Option<Item>> {
    let mut statement = connection.prepare_cached(GET)?;
    statement
        .query_row(params![key.partition, key.sort, now.millis()], |row| item(row, key.clone()))
        .optional()
}

pub(crate) fn get_many(
    connection: &Connection,
    keys: &[Key],
    now: Timestamp,
) -> rusqlite::Result<Vec<Option<Item>>> {
    match keys {
        [first, rest @ ..]
            if rest.len() < TOGETHER && rest.iter().all(|key| key.partition == first.partition) =>
        {
            get_together(connection, &first.partition, keys, now)
        }
        _ => {
            at_one_moment(connection, || keys.iter().map(|key| get(connection, key, now)).collect())
        }
    }
}

/// Reads items of `partition` by one statement: starting and ending a statement costs more than a
/// look-up.
fn get_together(
    connection: &Connection,
    partition: &str,
    keys: &[Key],
    now: Timestamp,
) -> rusqlite::Result<Vec<Option<Item>>> {
    let Some(sql) = LOOK_UPS.get(keys.len() - 1) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(sql)?;
    statement.raw_bind_parameter(1, partition)?;
    statement.raw_bind_parameter(2, now.millis())?;
    for (place, key) in (3..).zip(keys) {
        statement.raw_bind_parameter(place, &key.sort)?;
    }
    let mut items: Vec<Option<Item>> = vec![None; keys.len()];
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let place = usize::try_from(row.get::<_, i64>(3)?).unwrap_or(usize::MAX);
        if let (Some(found), Some(key)) = (items.get_mut(place), keys.get(place)) {
            *found = Some(item(row, key.clone())?);
        }
    }
    Ok(items)
}

/// The statements that look up 1, 2, … items of a partition.
static LOOK_UPS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=TOGETHER).map(look_ups).collect());

/// One look-up after the other: without an order between them `SQLite` runs them in sequence, while
/// `IN` would first build a table of its arguments.
fn look_ups(count: usize) -> String {
    let one = |place: usize| {
        format!(
            "SELECT revision, expires_at, body, {place} FROM items WHERE partition = ?1 AND sort = ?{}
            AND (expires_at IS NULL OR expires_at > ?2)",
            place + 3
        )
    };
    (0..count).map(one).collect::<Vec<_>>().join(" UNION ALL ")
}

/// One transaction takes SQLite's locks once instead of once a statement.
fn at_one_moment<T>(
    connection: &Connection,
    read: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = read();
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}

pub(crate) fn query(
    connection: &Connection,
    query: &Query,
    now: Timestamp,
) -> rusqlite::Result<Page> {
    let mut page = PageBuilder::new(query.limit);
    if let Some((low, high)) = query.bounds() {
        let sql = match query.direction {
            Direction::Forward => FORWARD,
            Direction::Backward => BACKWARD,
        };
        let mut statement = connection.prepare_cached(sql)?;
        fill(
            &mut page,
            statement.query(params![query.partition, lowest(low), End::of(high), now.millis()])?,
        )?;
    }
    let (items, next) = page.finish();
    Ok(Page { items, next: next.map(|key| key.sort) })
}

pub(crate) fn scan(
    connection: &Connection,
    prefix: &str,
    after: Option<&Key>,
    now: Timestamp,
) -> rusqlite::Result<ScanPage> {
    let mut page = PageBuilder::new(MAX_PAGE_ITEMS);
    let (partition, sort) = after.map_or((prefix, ""), |key| (&key.partition, &key.sort));
    let end = successor(prefix);
    let mut statement = connection.prepare_cached(SCAN)?;
    fill(&mut page, statement.query(params![partition, sort, End(end.as_deref()), now.millis()])?)?;
    let (items, next) = page.finish();
    Ok(ScanPage { items, next })
}

/// The bytes of pages that nothing lies in.
pub(crate) fn free_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0));
    Ok(u64::from(number("freelist_count")?) * u64::from(number("page_size")?))
}

fn fill(page: &mut PageBuilder, mut rows: rusqlite::Rows<'_>) -> rusqlite::Result<()> {
    while let Some(row) = rows.next()? {
        let key = Key { partition: row.get(3)?, sort: row.get(4)? };
        if !page.push(item(row, key)?) {
            break;
        }
    }
    Ok(())
}

/// The item of a row that starts with revision, expiry and body.
fn item(row: &Row<'_>, key: Key) -> rusqlite::Result<Item> {
    let revision: i64 = row.get(0)?;
    let expires_at: Option<i64> = row.get(1)?;
    Ok(Item {
        key,
        revision: Revision::from_number(revision.cast_unsigned()),
        body: Bytes::copy_from_slice(row.get_ref(2)?.as_blob()?),
        expires_at: expires_at.map(Timestamp::from_millis),
    })
}

/// Keys hold no NUL, so the text with one more is the next one.
fn lowest(bound: Bound<&str>) -> String {
    match bound {
        Bound::Included(text) => text.to_owned(),
        Bound::Excluded(text) => format!("{text}\0"),
        Bound::Unbounded => String::new(),
    }
}

/// The end of a range; where there is none an empty blob, which is larger than every text
/// (`SQLite`, "Datatypes", 4.1).
struct End<'t>(Option<&'t str>);

impl<'t> End<'t> {
    fn of(bound: Bound<&'t str>) -> Self {
        match bound {
            Bound::Included(text) | Bound::Excluded(text) => Self(Some(text)),
            Bound::Unbounded => Self(None),
        }
    }
}

impl ToSql for End<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = self.0.map_or(ValueRef::Blob(&[]), |text| ValueRef::Text(text.as_bytes()));
        Ok(ToSqlOutput::Borrowed(value))
    }
}
