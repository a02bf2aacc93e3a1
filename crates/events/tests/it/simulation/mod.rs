//! Ten thousand small worlds, each made from its seed: two nodes on one store that fails in every
//! way it may, two or three handlers that fail at random, crashes at any step, time that jumps over
//! leases, wall clocks that are off by up to an hour and are set, and nodes that are paused for
//! minutes and go on as if nothing had been.
//!
//! `SELFSAME_SEED=17 cargo nextest run -p selfsame-events simulation::` runs exactly the world 17;
//! `SELFSAME_SEEDS=100000` runs so many.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod clocks;
mod disk;
mod run;
mod scheduler;
mod world;

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use run::{Ran, run};

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

/// Runs `seed`; an error names the command that runs it again.
fn attempt(seed: u64) -> Result<Ran, String> {
    let outcome =
        catch_unwind(|| run(seed)).unwrap_or_else(|_| Err("it panicked, as told above".into()));
    outcome.map_err(|error| {
        format!("seed {seed}: {error}\n  SELFSAME_SEED={seed} cargo nextest run -p selfsame-events simulation::")
    })
}

#[test]
fn whatever_fails_no_change_and_no_event_is_lost_or_out_of_order() {
    if let Some(seed) = number("SELFSAME_SEED") {
        println!("{:?}", attempt(seed).unwrap_or_else(|error| panic!("{error}")));
        return;
    }
    let seeds = number("SELFSAME_SEEDS").unwrap_or(10_000);
    let (next, crashes, failed) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while failed.lock().unwrap().is_empty() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    match attempt(seed) {
                        Ok(ran) => drop(crashes.fetch_add(ran.crashes, Ordering::Relaxed)),
                        Err(error) => failed.lock().unwrap().push(error),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let crashes = crashes.into_inner();
    assert!(crashes > seeds / 2, "only {crashes} crashes in {seeds} worlds");
}

#[test]
fn a_seed_is_the_same_run_every_time_and_another_one_is_another() {
    let mut traces = std::collections::BTreeSet::new();
    for seed in 0..50 {
        let (first, second) = (attempt(seed).unwrap(), attempt(seed).unwrap());
        assert_eq!(first, second, "seed {seed}");
        traces.insert(first.trace);
    }
    assert_eq!(traces.len(), 50);
}
