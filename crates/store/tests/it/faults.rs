//! The store that fails does so by its seed, and never breaks the port's promises.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::sync::Arc;

use selfsame_primitives::{ManualClock, SeededRandom};
use selfsame_store::conformance::{commit_of, start};
use selfsame_store::{
    Commit, CommitToken, Faults, FaultyStore, Guard, Key, MemoryStore, Store, StoreError, Write,
};

const SOME: Faults = Faults { conflict: 200, unavailable: 200, unknown: 200, interleave: 300 };

fn faulty(seed: u64, faults: Faults) -> FaultyStore<MemoryStore> {
    FaultyStore::new(MemoryStore::new(Arc::new(ManualClock::new(start()))), seed, faults)
}

fn key(n: usize) -> Key {
    Key::new("p", n.to_string())
}

fn claim(n: usize) -> Commit {
    commit_of(vec![Write::put(key(n), Guard::Absent, "")])
}

async fn is_there(store: &FaultyStore<MemoryStore>, n: usize) -> bool {
    store.inner().get(&key(n)).await.unwrap().is_some()
}

async fn outcomes(seed: u64) -> Vec<Result<(), StoreError>> {
    let store = faulty(seed, SOME);
    let mut outcomes = Vec::new();
    for n in 0..300 {
        outcomes.push(store.commit(claim(n)).await);
    }
    outcomes
}

#[tokio::test]
async fn a_seed_always_brings_the_same_faults_and_another_seed_others() {
    assert_eq!(outcomes(1).await, outcomes(1).await);
    assert_ne!(outcomes(1).await, outcomes(2).await);
}

#[tokio::test]
async fn what_is_refused_has_not_happened_and_what_is_made_has() {
    let store = faulty(3, SOME);
    let (mut unknown, mut unknown_made) = (0, 0);
    for n in 0..1000 {
        let outcome = store.commit(claim(n)).await;
        let there = is_there(&store, n).await;
        match outcome {
            Ok(()) => assert!(there),
            Err(StoreError::Unknown(_)) => {
                unknown += 1;
                unknown_made += usize::from(there);
            }
            Err(StoreError::Conflict(named)) => assert!(!there && named == key(n)),
            Err(error) => assert!(!there && matches!(error, StoreError::Unavailable(_)), "{error}"),
        }
    }
    assert!(
        unknown > 50 && unknown_made > unknown / 4 && unknown_made < unknown * 3 / 4,
        "{unknown_made}/{unknown}"
    );
}

#[tokio::test]
async fn trying_an_unknown_commit_again_settles_it_once() {
    let store = faulty(4, Faults { unknown: 500, conflict: 300, ..Faults::default() });
    for n in 0..200 {
        let commit = claim(n);
        let mut outcome = store.commit(commit.clone()).await;
        while let Err(StoreError::Unknown(_)) = outcome {
            outcome = store.commit(commit.clone()).await;
            assert!(
                !matches!(outcome, Err(StoreError::Conflict(_))),
                "no conflict with itself: {outcome:?}"
            );
        }
        if outcome.is_err() {
            continue;
        }
        let item = store.get(&key(n)).await.unwrap().expect("it was made");
        assert_eq!(item.revision, commit.token.revision());
    }
}

#[tokio::test]
async fn a_commit_without_guards_meets_no_conflict() {
    let store = faulty(5, Faults { conflict: 1000, ..Faults::default() });
    assert_eq!(store.commit(commit_of(vec![Write::put(key(1), Guard::Any, "")])).await, Ok(()));
    assert_eq!(store.commit(claim(2)).await, Err(StoreError::Conflict(key(2))));
}

#[tokio::test]
async fn a_crash_between_any_two_steps_leaves_whole_commits_and_nothing_behind_it() {
    let store = faulty(6, Faults::default());
    let two = |n: usize| {
        commit_of(vec![
            Write::put(key(n), Guard::Any, ""),
            Write::put(key(n + 100), Guard::Any, ""),
        ])
    };
    for n in 0..3 {
        store.commit(two(n)).await.unwrap();
    }
    assert_eq!(store.steps(), 6);
    for step in 0..6 {
        let store = faulty(6, Faults::default());
        store.crash_at(step);
        let mut made = 0;
        for n in 0..3 {
            made += usize::from(store.commit(two(n)).await.is_ok());
        }
        assert!(store.is_crashed());
        assert!(
            matches!(store.get(&key(0)).await, Err(StoreError::Unavailable(_))),
            "dead until restarted"
        );
        store.restart();
        let happened = usize::try_from(step.div_ceil(2)).unwrap();
        assert_eq!(made, usize::try_from(step / 2).unwrap(), "step {step}");
        for n in 0..3 {
            let there =
                (store.get(&key(n)).await.unwrap(), store.get(&key(n + 100)).await.unwrap());
            assert_eq!(
                (there.0.is_some(), there.1.is_some()),
                (n < happened, n < happened),
                "step {step}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_is_remembered_across_a_restart() {
    let store = faulty(7, Faults::default());
    let commit =
        Commit { token: CommitToken::generate(&SeededRandom::new(1)), writes: claim(1).writes };
    store.crash_at(1);
    assert!(matches!(store.commit(commit.clone()).await, Err(StoreError::Unknown(_))));
    store.restart();
    assert_eq!(store.commit(commit).await, Ok(()));
}
