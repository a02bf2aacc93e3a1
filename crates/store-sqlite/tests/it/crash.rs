//! A writer that is killed at any moment loses nothing it has acknowledged, and leaves no half of a
//! commit.
//!
//! The test starts itself as a child that commits from 64 tasks and reports each commit on its
//! standard output, kills it without warning, and checks the database; then again on the same
//! database. `SELFSAME_CRASHES` sets how often, 20 if unset. The same child ends itself where a
//! flush fails, which a library between it and the disk provokes (`tests/crash/disk.c` in the
//! repository's root). Power cuts are simulated with the whole program there.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on panics"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the child says what it has done on its standard output, and why it ends on the other one"
)]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use selfsame_primitives::{Fatal, SystemClock, SystemRandom};
use selfsame_store::{Commit, CommitToken, Guard, Item, Key, Query, Store, Write};
use selfsame_store_sqlite::{Options, SqliteStore};
use tokio::task::JoinSet;

const DATABASE: &str = "SELFSAME_CRASH_DATABASE";
const TASKS: usize = 64;
/// As the program has it (`EX_IOERR` of sysexits(3)).
const DISK_FAILED: i32 = 74;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_writer_loses_nothing_it_has_acknowledged() {
    if let Some(path) = std::env::var_os(DATABASE) {
        return write_until_killed(Path::new(&path)).await;
    }
    let crashes =
        std::env::var("SELFSAME_CRASHES").map_or(20, |text| text.parse().expect("a number"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("items.db");
    let mut acknowledged = HashMap::new();
    for crash in 1..=crashes {
        let mut child = start_child(&path);
        // A different moment each time, with checkpoints of a small log between them.
        read_acknowledged(&mut child, 1 + crash * 379 % 2500, &mut acknowledged);
        check(&path, &acknowledged).await;
    }
    assert_eq!(acknowledged.len(), TASKS, "every task got its turn");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let result: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(result, "ok");
}

/// One flush of a file fails, once: the program ends at once, the next process that opens the files
/// finds everything acknowledged, and no other process takes for durable what was not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flush_that_fails_ends_the_process_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let library = directory.path().join("disk.so");
    build(&library);
    // Of the log: commits and checkpoints. Of the database: while it is made, and checkpoints by
    // the thread and by the writer.
    let flushes = [("items.db-wal", 1), ("items.db-wal", 2), ("items.db-wal", 50)];
    let checkpoints = (1..=9).map(|number| ("items.db", number));
    for (number, (file, count)) in flushes.into_iter().chain(checkpoints).enumerate() {
        for error in [5, 28] {
            let root = directory.path().join(format!("{number}-{error}"));
            std::fs::create_dir(&root).unwrap();
            let path = root.join("items.db");
            // Another process that has the files open, as far as the child can tell.
            let beside = (number > 6).then(|| open(&path));
            let mut command = child(&path);
            command.env("LD_PRELOAD", &library).env("DISK_ROOT", &root);
            command.env("DISK_FAIL", format!("flush {file} {count} {error}"));
            let ended = command.stderr(Stdio::piped()).output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(DISK_FAILED), "{file} {count}: {said}");
            assert!(said.contains("the store ") && said.contains("items.db"), "{said}");
            if beside.is_some() {
                assert_eq!(
                    moved(&path),
                    [0; 4],
                    "{file} {count}: what was moved counts as durable"
                );
            }
            let mut acknowledged = HashMap::new();
            for line in String::from_utf8_lossy(&ended.stdout).lines() {
                note(line, &mut acknowledged);
            }
            check(&path, &acknowledged).await;
        }
    }
}

fn build(library: &Path) {
    let source = std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/../../tests/crash/disk.c";
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-o"]).arg(library).args([&source, "-ldl"]);
    assert!(compiler.status().unwrap().success());
}

/// How much of the log counts as moved into the database ("WAL-mode File Format", 2.3:
/// `nBackfill`).
fn moved(path: &Path) -> [u8; 4] {
    let index = std::fs::read(path.with_file_name("items.db-shm")).unwrap();
    index[96..100].try_into().unwrap()
}

fn child(path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let test = "crash::a_killed_writer_loses_nothing_it_has_acknowledged";
    command.args([test, "--exact", "--nocapture"]);
    command.env(DATABASE, path);
    command
}

fn start_child(path: &Path) -> Child {
    child(path).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Records the commit in a line of the child's output; returns whether there was one.
fn note(line: &str, acknowledged: &mut HashMap<usize, u64>) -> bool {
    let mut words = line.split(' ');
    let known = words.next() == Some("done") && line.ends_with('.');
    if known {
        let task = words.next().unwrap().parse().unwrap();
        acknowledged.insert(task, words.next().unwrap().parse().unwrap());
    }
    known
}

/// Kills the child when it has acknowledged `most`; its output until then counts as well.
fn read_acknowledged(child: &mut Child, most: usize, acknowledged: &mut HashMap<usize, u64>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut seen = 0;
    while seen < most {
        seen += usize::from(note(
            &lines.next().expect("the child writes until it is killed"),
            acknowledged,
        ));
    }
    child.kill().unwrap();
    for line in lines {
        note(&line, acknowledged);
    }
    child.wait().unwrap();
}

fn open(path: &Path) -> Arc<SqliteStore> {
    let options = Options { log_bytes: 1 << 20, ..Options::default() };
    let fatal = Fatal::new(|why| {
        eprintln!("{why}");
        std::process::exit(DISK_FAILED)
    });
    Arc::new(SqliteStore::open(path, Arc::new(SystemClock), options, fatal).unwrap())
}

fn partition(task: usize) -> String {
    format!("task/{task}")
}

fn content(n: u64) -> Vec<u8> {
    n.to_le_bytes().repeat(120)
}

async fn last(store: &SqliteStore, task: usize) -> Option<Item> {
    store.get(&Key::new(partition(task), "last")).await.unwrap()
}

fn number(item: &Item) -> u64 {
    u64::from_le_bytes(item.body.as_ref().try_into().unwrap())
}

async fn write_until_killed(path: &Path) {
    let store = open(path);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let item = last(&store, task).await;
            let mut guard =
                item.as_ref().map_or(Guard::Absent, |item| Guard::Revision(item.revision));
            for n in item.as_ref().map_or(0, number) + 1.. {
                let commit = numbered(task, n, guard);
                guard = Guard::Revision(commit.token.revision());
                store.commit(commit).await.unwrap();
                println!("done {task} {n} .");
            }
        });
    }
    tasks.join_all().await;
}

/// The item, a pointer to it in a partition that all tasks share, and an item that is overwritten
/// each time.
fn numbered(task: usize, n: u64, guard: Guard) -> Commit {
    let item =
        Write::put(Key::new(partition(task), format!("n/{n:08}")), Guard::Absent, content(n));
    let pointer = Write::put(Key::new("pointers", format!("{task}/{n:08}")), Guard::Absent, "");
    let last = Write::put(Key::new(partition(task), "last"), guard, n.to_le_bytes().to_vec());
    Commit { token: CommitToken::generate(&SystemRandom), writes: vec![item, pointer, last] }
}

async fn check(path: &Path, acknowledged: &HashMap<usize, u64>) {
    let store = open(path);
    for task in 0..TASKS {
        let last = last(&store, task).await.as_ref().map_or(0, number);
        assert!(
            last >= acknowledged.get(&task).copied().unwrap_or(0),
            "task {task} lost acknowledged commits"
        );
        let items = read_all(&store, Query::prefix(partition(task), "n/")).await;
        let pointers = read_all(&store, Query::prefix("pointers", &format!("{task}/"))).await;
        let expected: Vec<u64> = (1..=last).collect();
        assert_eq!(numbers(&items), expected, "items of task {task}");
        assert_eq!(numbers(&pointers), expected, "pointers of task {task}");
        assert!(
            items.iter().zip(expected).all(|(item, n)| item.body == content(n)),
            "a torn item of task {task}"
        );
    }
}

fn numbers(items: &[Item]) -> Vec<u64> {
    items.iter().map(|item| item.key.sort.rsplit('/').next().unwrap().parse().unwrap()).collect()
}

async fn read_all(store: &SqliteStore, mut query: Query) -> Vec<Item> {
    let mut items = Vec::new();
    loop {
        let page = store.query(&query).await.unwrap();
        items.extend(page.items);
        let Some(next) = page.next else { return items };
        query.after = Some(next);
    }
}
