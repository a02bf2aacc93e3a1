//! What lies on the disk: modes, foreign files, backups, several users of one file.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on panics"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use selfsame_primitives::{Clock, Fatal, MonotonicTime, SystemClock, SystemRandom, Timestamp};
use selfsame_store::{Commit, CommitToken, Guard, Key, Maintenance, Store, StoreError, Write};
use selfsame_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;
use tokio::task::JoinSet;

fn database_path() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data/items.db");
    (directory, path)
}

fn open(path: &Path) -> Result<Arc<SqliteStore>, StoreError> {
    SqliteStore::open(path, Arc::new(SystemClock), Options::default(), Fatal::default())
        .map(Arc::new)
}

async fn commit(store: &SqliteStore, writes: Vec<Write>) -> Result<(), StoreError> {
    store.commit(Commit { token: CommitToken::generate(&SystemRandom), writes }).await
}

async fn put(store: &SqliteStore, sort: &str, body: &str) {
    commit(store, vec![Write::put(Key::new("p", sort), Guard::Any, body.to_owned())])
        .await
        .unwrap();
}

async fn body(store: &SqliteStore, sort: &str) -> Option<String> {
    let item = store.get(&Key::new("p", sort)).await.unwrap()?;
    Some(String::from_utf8(item.body.to_vec()).unwrap())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    let (_directory, path) = database_path();
    let store = open(&path).unwrap();
    put(&store, "k", "v").await;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for name in ["items.db", "items.db-wal", "items.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
    let copy = path.with_file_name("copy.db");
    store.backup(&copy).await.unwrap();
    assert_eq!(mode(&copy), 0o600);
}

#[tokio::test]
async fn foreign_and_later_files_are_refused_and_left_alone() {
    let (_directory, path) = database_path();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let foreign = path.with_file_name("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let text = path.with_file_name("text.db");
    std::fs::write(&text, "this is not a database, however long it is read".repeat(100)).unwrap();
    drop(open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for path in [foreign, text, path] {
        let before = std::fs::read(&path).unwrap();
        let refused = open(&path).err();
        assert!(matches!(refused, Some(StoreError::Corrupt(_))), "{}: {refused:?}", path.display());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn a_place_that_can_not_be_written_is_unavailable() {
    let (_directory, path) = database_path();
    std::fs::create_dir_all(&path).unwrap();
    assert!(matches!(open(&path).err(), Some(StoreError::Unavailable(_))));
    assert!(matches!(open(Path::new("/proc/no/items.db")).err(), Some(StoreError::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_under_writes_is_one_moment_of_the_whole() {
    let (_directory, path) = database_path();
    let store = open(&path).unwrap();
    let mut writers = JoinSet::new();
    for task in 0..8 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for n in 0..100 {
                let write = |side| {
                    Write::put(Key::new(format!("{task}/{side}"), "n"), Guard::Any, n.to_string())
                };
                commit(&store, vec![write("left"), write("right")]).await.unwrap();
            }
        });
    }
    for n in 0..3 {
        let copy = path.with_file_name(format!("copy{n}.db"));
        store.backup(&copy).await.unwrap();
        let copy = open(&copy).unwrap();
        for task in 0..8 {
            let side = |side| Key::new(format!("{task}/{side}"), "n");
            let found = copy.get_many(&[side("left"), side("right")]).await.unwrap();
            let bodies: Vec<_> = found.into_iter().map(|item| item.map(|item| item.body)).collect();
            assert!(bodies.windows(2).all(|pair| pair.first() == pair.last()), "{bodies:?}");
        }
    }
    writers.join_all().await;
    let last = path.with_file_name("last.db");
    store.backup(&last).await.unwrap();
    let found = open(&last).unwrap().get(&Key::new("7/left", "n")).await.unwrap();
    assert_eq!(found.unwrap().body, "99");
}

#[tokio::test]
async fn a_backup_replaces_no_file_and_leaves_no_part() {
    let (_directory, path) = database_path();
    let store = open(&path).unwrap();
    let copy = path.with_file_name("copy.db");
    std::fs::write(&copy, "precious").unwrap();
    assert!(matches!(store.backup(&copy).await, Err(StoreError::Unavailable(_))));
    assert_eq!(std::fs::read(&copy).unwrap(), b"precious");
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let names: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|name| name.contains("partial")), "{names:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_on_one_file_lose_no_update() {
    let (_directory, path) = database_path();
    let stores = [open(&path).unwrap(), open(&path).unwrap()];
    put(&stores[0], "count", "0").await;
    let mut tasks = JoinSet::new();
    for n in 0..32 {
        let store = Arc::clone(&stores[n % 2]);
        tasks.spawn(async move { while add_one(&store).await.is_err() {} });
    }
    tasks.join_all().await;
    for store in stores {
        assert_eq!(body(&store, "count").await.as_deref(), Some("32"));
    }
}

async fn add_one(store: &SqliteStore) -> Result<(), StoreError> {
    let key = Key::new("p", "count");
    let item = store.get(&key).await?.expect("the count");
    let count: u32 = std::str::from_utf8(&item.body).unwrap().parse().unwrap();
    commit(store, vec![Write::put(key, Guard::Revision(item.revision), (count + 1).to_string())])
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_may_be_opened_by_several_at_once() {
    for _ in 0..10 {
        let (_directory, path) = database_path();
        let mut tasks = JoinSet::new();
        for n in 0..8 {
            let path = path.clone();
            tasks.spawn(async move { put(&open(&path).unwrap(), &n.to_string(), "v").await });
        }
        tasks.join_all().await;
        let store = open(&path).unwrap();
        for n in 0..8 {
            assert_eq!(body(&store, &n.to_string()).await.as_deref(), Some("v"));
        }
    }
}

#[tokio::test]
async fn a_closed_store_leaves_one_file_that_the_next_one_opens() {
    let (_directory, path) = database_path();
    let store = open(&path).unwrap();
    put(&store, "k", "v").await;
    drop(store);
    assert!(!path.with_file_name("items.db-wal").exists(), "the log was moved into the database");
    assert_eq!(body(&open(&path).unwrap(), "k").await.as_deref(), Some("v"));
}

#[tokio::test]
async fn the_log_does_not_grow_for_ever() {
    let (_directory, path) = database_path();
    let options = Options { log_bytes: 1 << 20, ..Options::default() };
    let store = SqliteStore::open(&path, Arc::new(SystemClock), options, Fatal::default()).unwrap();
    for n in 0..200 {
        put(&store, &(n % 10).to_string(), &"x".repeat(200_000)).await;
    }
    // 40 MB were written.
    let log = path.with_file_name("items.db-wal").metadata().unwrap().len();
    assert!(log < 20 << 20, "{log} bytes");
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.commits, stats.flushes), (200, 200));
}

#[tokio::test]
async fn who_opens_it_to_read_does_not_wait_for_who_writes() {
    let (_directory, path) = database_path();
    let store = open(&path).unwrap();
    put(&store, "k", "v").await;
    let writer = rusqlite::Connection::open(&path).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let options = Options { patience: Duration::ZERO, ..Options::default() };
    let reader =
        SqliteStore::open(&path, Arc::new(SystemClock), options, Fatal::default()).unwrap();
    assert_eq!(body(&reader, "k").await.as_deref(), Some("v"));
    let refused = commit(&reader, vec![Write::put(Key::new("p", "k"), Guard::Any, "w")]).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "another process writes: {refused:?}"
    );
    writer.execute_batch("ROLLBACK").unwrap();
    commit(&reader, vec![Write::put(Key::new("p", "k"), Guard::Any, "w")]).await.unwrap();
    assert_eq!(body(&store, "k").await.as_deref(), Some("w"));
}

/// A clock that panics in the writer thread.
struct Broken;

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        panic!("the clock is broken")
    }

    fn monotonic(&self) -> MonotonicTime {
        panic!("the clock is broken")
    }
}

#[tokio::test]
async fn the_death_of_the_writer_ends_the_process() {
    let (_directory, path) = database_path();
    let (end, ended) = channel();
    let fatal = Fatal::new(move |why| end.send(why.to_owned()).unwrap());
    let store = SqliteStore::open(&path, Arc::new(Broken), Options::default(), fatal).unwrap();
    let answer = commit(&store, vec![Write::put(Key::new("p", "k"), Guard::Any, "v")]).await;
    assert!(matches!(answer, Err(StoreError::Unknown(_))), "{answer:?}");
    assert!(ended.recv().unwrap().contains("lost its thread sqlite-writer"));
}

/// A store that was opened at `path`, and what its process would have ended with.
fn watched(path: &Path) -> (SqliteStore, Receiver<String>) {
    let (end, ended) = channel();
    let fatal = Fatal::new(move |why| end.send(why.to_owned()).unwrap());
    (SqliteStore::open(path, Arc::new(SystemClock), Options::default(), fatal).unwrap(), ended)
}

#[tokio::test]
async fn a_replaced_file_is_never_read_and_ends_the_process() {
    let (_directory, path) = database_path();
    let other = path.with_file_name("other.db");
    drop(open(&other).unwrap());
    let before = std::fs::read(&other).unwrap();
    let (store, ended) = watched(&path);
    store.check_place().await.unwrap();
    put(&store, "k", "v").await;
    assert_eq!(ended.try_iter().count(), 0);
    std::fs::rename(&other, &path).unwrap();
    // Nothing was read yet, so this opens the first reader.
    let answers = [
        store.get(&Key::new("p", "k")).await.map(drop),
        store.check_place().await,
        store.stats().await.map(drop),
        store.backup(&path.with_file_name("copy.db")).await,
    ];
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
        assert!(ended.recv().unwrap().ends_with("was moved or replaced while it was open"));
    }
    assert!(!path.with_file_name("copy.db").exists());
    assert_eq!(std::fs::read(&path).unwrap(), before, "nothing was written into the other one");
}

#[tokio::test]
async fn a_file_that_was_removed_ends_the_process() {
    let (_directory, path) = database_path();
    let (store, ended) = watched(&path);
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(store.check_place().await, Err(StoreError::Unavailable(_))));
    assert!(ended.recv().unwrap().contains("was moved or replaced"));
}
