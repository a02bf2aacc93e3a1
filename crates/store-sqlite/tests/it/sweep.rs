//! What has expired goes, at any rate.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use selfsame_primitives::{Clock, Fatal, SystemClock, SystemRandom, Timestamp};
use selfsame_store::{Commit, CommitToken, Guard, Key, Maintenance, Store, Write};
use selfsame_store_sqlite::{Options, SqliteStore};
use tokio::task::JoinSet;

const TASKS: usize = 16;
const COMMITS: usize = 60;
/// Of each commit, and all of them expire at once.
const ITEMS: usize = 50;

fn open(path: &Path) -> Arc<SqliteStore> {
    Arc::new(
        SqliteStore::open(path, Arc::new(SystemClock), Options::default(), Fatal::default())
            .unwrap(),
    )
}

async fn put(store: &SqliteStore, task: usize) {
    for commit in 0..COMMITS {
        let key = |item| Key::new(format!("{task}"), format!("{commit}/{item}"));
        let item = |item| {
            Write::put_until(key(item), Guard::Any, vec![b'x'; 200], Timestamp::from_millis(1))
        };
        let writes = (0..ITEMS).map(item).collect();
        store.commit(Commit { token: CommitToken::generate(&SystemRandom), writes }).await.unwrap();
    }
}

fn rows(path: &Path) -> usize {
    let connection = rusqlite::Connection::open(path).unwrap();
    let count: i64 =
        connection.query_row("SELECT count(*) FROM items", [], |row| row.get(0)).unwrap();
    usize::try_from(count).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sweep_keeps_up_with_writers_that_never_pause() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    let store = open(&path);
    let done = Arc::new(AtomicBool::new(false));
    let (sweeper, stop) = (Arc::clone(&store), Arc::clone(&done));
    let sweeping = tokio::spawn(async move {
        while !stop.load(Ordering::SeqCst) {
            sweeper.sweep(SystemClock.now()).await.unwrap();
        }
    });
    let mut writers = JoinSet::new();
    for task in 0..TASKS {
        let store = Arc::clone(&store);
        writers.spawn(async move { put(&store, task).await });
    }
    writers.join_all().await;
    let left = rows(&path);
    assert!(left < TASKS * COMMITS * ITEMS / 4, "{left} items were left behind");
    done.store(true, Ordering::SeqCst);
    sweeping.await.unwrap();
    store.sweep(SystemClock.now()).await.unwrap();
    assert_eq!(rows(&path), 0);
    let stats = store.stats().await.unwrap();
    assert!(0 < stats.free_bytes && stats.free_bytes < stats.bytes, "{stats:?}");
}
