//! Space that is given back, and what must not be lost by that.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use selfsame_primitives::{Clock as _, Fatal, SystemClock, SystemRandom, Timestamp};
use selfsame_store::{Commit, CommitToken, Guard, Key, Maintenance, Store, StoreError, Write};
use selfsame_store_sqlite::{Options, SqliteStore, check_copy, compact};

/// Names the database that a process keeps open until its input ends.
const DATABASE: &str = "SELFSAME_OPEN_DATABASE";

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Arc::new(SystemClock), Options::default(), Fatal::default()).unwrap()
}

async fn put(store: &SqliteStore, sort: &str, expires_at: Option<Timestamp>) {
    let key = Key::new("p", sort);
    let body = vec![b'x'; 10_000];
    let write = match expires_at {
        Some(end) => Write::put_until(key, Guard::Any, body, end),
        None => Write::put(key, Guard::Any, body),
    };
    store
        .commit(Commit { token: CommitToken::generate(&SystemRandom), writes: vec![write] })
        .await
        .unwrap();
}

fn files(path: &Path) -> Vec<String> {
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn what_was_swept_is_given_back_and_everything_else_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    let store = open(&path);
    for n in 0..200 {
        put(&store, &n.to_string(), (n % 10 != 0).then_some(Timestamp::from_millis(1))).await;
    }
    store.sweep(SystemClock.now()).await.unwrap();
    drop(store);
    // What a crash has left of an earlier try.
    std::fs::write(path.with_file_name("items.db.compacting"), "half").unwrap();
    let (before, after) = compact(&path, Fatal::default()).unwrap();
    assert!(after < before / 5, "{after} bytes of {before}");
    assert_eq!(files(&path), ["items.db"]);
    assert_eq!(check_copy(&path).unwrap(), Vec::<String>::new());
    let store = open(&path);
    let page = store.scan("p", None).await.unwrap();
    assert_eq!(page.items.len(), 20);
    put(&store, "more", None).await;
    assert!(store.get(&Key::new("p", "more")).await.unwrap().is_some());
}

/// Another process that has the database open.
fn occupy(path: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "compact::nothing_is_written_anew_while_another_process_has_it_open",
            "--exact",
            "--nocapture",
        ])
        .env(DATABASE, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.any(|line| line.unwrap().ends_with("open")), "it says when it has opened it");
    child
}

#[tokio::test]
async fn nothing_is_written_anew_while_another_process_has_it_open() {
    if let Some(path) = std::env::var_os(DATABASE) {
        let _store = open(Path::new(&path));
        println!("\nopen");
        std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
        // The output of the test harness at its end is not wanted.
        std::process::exit(0);
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    put(&open(&path), "k", None).await;
    let mut child = occupy(&path);
    let refused = compact(&path, Fatal::default());
    assert!(
        matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("stop the service")),
        "{refused:?}"
    );
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    compact(&path, Fatal::default()).unwrap();
}

#[test]
fn no_database_is_made_where_there_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    assert!(matches!(compact(&path, Fatal::default()), Err(StoreError::Unavailable(_))));
    assert_eq!(files(&path), [""; 0]);
}
