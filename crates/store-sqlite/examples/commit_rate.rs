//! How many commits a second, against how many flushes the disk does: `commit_rate [directory]
//! [rounds] [users]`.
//!
//! Each round measures both for two seconds, one after the other, so that a noisy disk is noisy for
//! both. The commit is that of a profile change: the record (900 B), a head (60 B), an activity
//! entry (300 B) and an outbox record (60 B). The CPU time is the whole process's: the callers'
//! read of the record and the checkpoints are in it. Then come point reads, alone and while commits
//! go on.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement: it prints rounded figures, and stops where something is wrong"
)]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use selfsame_primitives::{Fatal, Random, SystemClock, SystemRandom};
use selfsame_store::{Commit, CommitToken, Guard, Key, Maintenance, Query, Revision, Store, Write};
use selfsame_store_sqlite::{Options, SqliteStore};
use tokio::task::JoinSet;

const CALLERS: u64 = 64;
const OLD_HAND: &str = "user/usr_old_hand";
const ROUND: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".".into()));
    let rounds: usize =
        arguments.next().map_or(5, |text| text.parse().expect("a number of rounds"));
    let users: u64 =
        arguments.next().map_or(50_000, |text| text.parse().expect("a number of users"));
    let place = tempfile::tempdir_in(directory).unwrap();
    let path = place.path().join("items.db");
    let store = Arc::new(
        SqliteStore::open(&path, Arc::new(SystemClock), Options::default(), Fatal::default())
            .unwrap(),
    );
    fill(&store, users).await;
    println!("{users} users, {CALLERS} callers, {rounds} rounds of {ROUND:?}");
    let (mut ratios, mut all) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let flushes = flush_rate(place.path());
        let (cpu_before, before) = (cpu(), store.stats().await.unwrap());
        let mut latencies = commits(&store, users).await;
        let (cpu_after, after) = (cpu(), store.stats().await.unwrap());
        let made = (after.commits - before.commits) as f64;
        let rate = made / ROUND.as_secs_f64();
        let batch = made / (after.flushes - before.flushes) as f64;
        let spent = (cpu_after - cpu_before) * 1e6 / made;
        let ratio = rate / flushes;
        let times = spread(&mut latencies);
        println!(
            "round {round}: {flushes:.0} flushes/s, {rate:.0} commits/s, ratio {ratio:.2}, {batch:.0} a batch, {spent:.0} µs CPU each, {times}"
        );
        ratios.push(ratio);
        all.append(&mut latencies);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}, {}", ratios[ratios.len() / 2], spread(&mut all));
    println!("largest log: {} MB", size(&path) >> 20);
    for limit in [20, 100, 1000] {
        pages(&store, limit).await;
    }
    reads(&store, users, "alone").await;
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn(steady(Arc::clone(&store), users, Arc::clone(&stop)));
    reads(&store, users, "beside 8 writers").await;
    stop.store(true, Ordering::Relaxed);
    writing.await.unwrap();
}

fn size(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).metadata().map_or(0, |metadata| metadata.len())
}

/// Seconds of CPU time that this process has spent.
fn cpu() -> f64 {
    // utime and stime, in ticks of 10 ms (proc(5)).
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split(' ').collect();
    (fields[12].parse::<f64>().unwrap() + fields[13].parse::<f64>().unwrap()) / 100.0
}

fn spread(latencies: &mut [Duration]) -> String {
    latencies.sort_unstable();
    let at =
        |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!("p50 {:.3} p99 {:.3} p99.9 {:.3} max {:.1} ms", at(0.5), at(0.99), at(0.999), at(1.0))
}

fn flush_rate(directory: &Path) -> f64 {
    let mut file = File::create(directory.join("flush")).unwrap();
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < ROUND {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

fn record(user: u64) -> Key {
    Key::new(format!("user/usr_01JAAAAAAAAAA{user:013}"), "profile")
}

async fn fill(store: &Arc<SqliteStore>, users: u64) {
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let (store, next) = (Arc::clone(store), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let first = next.fetch_add(50, Ordering::Relaxed);
                if first >= users {
                    break;
                }
                let writes = (first..first + 50)
                    .map(|n| Write::put(record(n), Guard::Absent, vec![b'x'; 900]));
                // One user whose entries lie far apart, as those of months do.
                let entry = Write::put(
                    Key::new(OLD_HAND, format!("{first:020}")),
                    Guard::Any,
                    vec![b'e'; 300],
                );
                commit(&store, writes.chain([entry]).collect()).await;
            }
        });
    }
    tasks.join_all().await;
}

async fn commit(store: &SqliteStore, writes: Vec<Write>) -> Revision {
    let token = CommitToken::generate(&SystemRandom);
    store.commit(Commit { token, writes }).await.unwrap();
    token.revision()
}

async fn commits(store: &Arc<SqliteStore>, users: u64) -> Vec<Duration> {
    let mut tasks = JoinSet::new();
    for caller in 0..CALLERS {
        let store = Arc::clone(store);
        tasks.spawn(async move { caller_loop(&store, users, caller).await });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

async fn caller_loop(store: &SqliteStore, users: u64, caller: u64) -> Vec<Duration> {
    let random: &dyn Random = &SystemRandom;
    let (begun, mut latencies) = (Instant::now(), Vec::new());
    while begun.elapsed() < ROUND {
        // Callers never meet at a user, as requests of one user seldom do.
        let user = random.below(users / CALLERS) * CALLERS + caller;
        let writes = profile_change(store, user, random.below(u64::MAX)).await;
        let asked = Instant::now();
        commit(store, writes).await;
        latencies.push(asked.elapsed());
    }
    assert!(!latencies.is_empty(), "a caller was starved");
    latencies
}

async fn profile_change(store: &SqliteStore, user: u64, event: u64) -> Vec<Write> {
    let (profile, head) = (record(user), Key::new(record(user).partition, "head"));
    let guard =
        Guard::Revision(store.get(&profile).await.unwrap().expect("a user that was made").revision);
    let event_key = Key::new(head.partition.clone(), format!("event/{event:020}"));
    let pointer = Key::new(format!("outbox/{}", user % 16), format!("{event:020}"));
    vec![
        Write::put(profile, guard, Bytes::from(vec![b'p'; 900])),
        Write::put(head, Guard::Any, Bytes::from(vec![b'h'; 60])),
        Write::put(event_key, Guard::Absent, Bytes::from(vec![b'e'; 300])),
        Write::put(pointer, Guard::Any, vec![b'o'; 60]),
    ]
}

async fn steady(store: Arc<SqliteStore>, users: u64, stop: Arc<AtomicBool>) {
    let mut tasks = JoinSet::new();
    for caller in 0..8 {
        let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
        tasks.spawn(async move {
            let random: &dyn Random = &SystemRandom;
            while !stop.load(Ordering::Relaxed) {
                let user = random.below(users / 8) * 8 + caller;
                let writes = profile_change(&store, user, random.below(u64::MAX)).await;
                commit(&store, writes).await;
            }
        });
    }
    tasks.join_all().await;
}

async fn pages(store: &SqliteStore, limit: usize) {
    let (begun, mut latencies, mut items) = (Instant::now(), Vec::new(), 0);
    while begun.elapsed() < ROUND / 4 {
        let asked = Instant::now();
        items = store
            .query(&Query::prefix(OLD_HAND, "").backward().limit(limit))
            .await
            .unwrap()
            .items
            .len();
        latencies.push(asked.elapsed());
    }
    println!("pages of {items} entries: {}", spread(&mut latencies));
}

async fn reads(store: &Arc<SqliteStore>, users: u64, how: &str) {
    let mut tasks = JoinSet::new();
    let before = cpu();
    for _ in 0..16 {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            let random: &dyn Random = &SystemRandom;
            let (begun, mut latencies) = (Instant::now(), Vec::new());
            while begun.elapsed() < ROUND {
                let key = record(random.below(users));
                let asked = Instant::now();
                assert!(store.get(&key).await.unwrap().is_some());
                latencies.push(asked.elapsed());
                // As a request would, yield to other tasks.
                tokio::task::yield_now().await;
            }
            latencies
        });
    }
    let mut latencies: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let count = latencies.len() as f64;
    println!(
        "reads {how}: {:.0}/s, {:.1} µs CPU each, {}",
        count / ROUND.as_secs_f64(),
        (cpu() - before) * 1e6 / count,
        spread(&mut latencies)
    );
}
