//! Two processes on one file, as a server and a command line tool beside it.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selfsame_primitives::{Fatal, SystemClock, SystemRandom};
use selfsame_store::{
    Commit, CommitToken, Guard, Item, Key, Maintenance, Store, StoreError, Write,
};
use selfsame_store_sqlite::{Options, SqliteStore};
use tokio::task::JoinSet;

const DATABASE: &str = "SELFSAME_SHARED_DATABASE";
const EACH: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_on_one_file_lose_no_update() {
    if let Some(path) = std::env::var_os(DATABASE) {
        return count_up(&open(Path::new(&path))).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    let store = open(&path);
    // Several others, so that files are closed while this one works on: that must not let go of its
    // locks.
    let mut children: Vec<_> = (0..3).map(|_| start_child(&path)).collect();
    count_up(&store).await;
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(number(count(&store).await.as_ref()), 4 * EACH);
    drop(store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let result: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(result, "ok");
}

/// How often a store reported a commit of another process.
fn count_notifications(store: &SqliteStore) -> Arc<AtomicUsize> {
    let times = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&times);
    store.watch(Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
    }));
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_of_another_process_are_noticed_within_two_tenths_of_a_second_and_own_ones_never() {
    if let Some(path) = std::env::var_os(DATABASE) {
        return add_one(&open(Path::new(&path))).await.unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    let store = open(&path);
    let times = count_notifications(&store);
    // Each batch checks; and checkpoints by another connection of this process must not count.
    count_up(&store).await;
    assert_eq!(times.load(Ordering::SeqCst), 0, "no other process has committed");
    let name =
        "commits_of_another_process_are_noticed_within_two_tenths_of_a_second_and_own_ones_never";
    assert!(start(name, &path).wait().unwrap().success());
    let committed = Instant::now();
    while times.load(Ordering::SeqCst) == 0 {
        assert!(committed.elapsed() < Duration::from_secs(5), "the commit was not noticed");
        tokio::task::yield_now().await;
    }
    // The child has ended by now, so this is less than the whole; the machine may be busy with
    // other tests.
    assert!(committed.elapsed() < Duration::from_millis(400), "{:?}", committed.elapsed());
    assert_eq!(number(count(&store).await.as_ref()), EACH + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_commit_is_answered_before_earlier_commits_of_others_were_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    // Two stores in one process are as strange to each other as two processes.
    let (store, other) = (open(&path), open(&path));
    let times = count_notifications(&store);
    for round in 1..=20 {
        add_one(&other).await.unwrap();
        let write = Write::put(Key::new("p", "else"), Guard::Any, "");
        store
            .commit(Commit { token: CommitToken::generate(&SystemRandom), writes: vec![write] })
            .await
            .unwrap();
        assert!(times.load(Ordering::SeqCst) >= round, "in round {round}");
    }
}

fn start_child(path: &Path) -> std::process::Child {
    start("two_processes_on_one_file_lose_no_update", path)
}

/// Runs one test of this file as another process on `path`.
fn start(test: &str, path: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .arg(format!("processes::{test}"))
        .arg("--exact")
        .env(DATABASE, path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn open(path: &Path) -> Arc<SqliteStore> {
    // A small log, so that one process's checkpoints meet the other's commits.
    let options =
        Options { log_bytes: 100_000, patience: Duration::from_mins(2), ..Options::default() };
    Arc::new(SqliteStore::open(path, Arc::new(SystemClock), options, Fatal::default()).unwrap())
}

fn key() -> Key {
    Key::new("p", "count")
}

async fn count(store: &SqliteStore) -> Option<Item> {
    store.get(&key()).await.unwrap()
}

fn number(item: Option<&Item>) -> usize {
    item.map_or(0, |item| std::str::from_utf8(&item.body).unwrap().trim().parse().unwrap())
}

async fn count_up(store: &Arc<SqliteStore>) {
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            for _ in 0..EACH / 4 {
                while add_one(&store).await.is_err_and(|error| {
                    assert!(matches!(error, StoreError::Conflict(_)), "{error}");
                    true
                }) {}
            }
        });
    }
    tasks.join_all().await;
}

async fn add_one(store: &SqliteStore) -> Result<(), StoreError> {
    let found = count(store).await;
    let guard = found.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
    let body = format!("{:>1000}", number(found.as_ref()) + 1);
    let write = Write::put(key(), guard, body);
    store.commit(Commit { token: CommitToken::generate(&SystemRandom), writes: vec![write] }).await
}
