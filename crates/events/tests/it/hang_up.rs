//! Callers that are cancelled in the middle of a change.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use selfsame_events::{Changes, Journal, Loaded, Origin, user_key};
use selfsame_primitives::{ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{
    Action, Commit, Item, Key, MemoryStore, Page, Query, Record, Store, StoreError, Write, decode,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counter {
    count: u64,
}

impl Record for Counter {
    const KIND: &'static str = "counter";
}

/// A store that yields before and after each operation.
struct YieldingStore(MemoryStore);

#[async_trait]
impl Store for YieldingStore {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        tokio::task::yield_now().await;
        self.0.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        tokio::task::yield_now().await;
        self.0.get_many(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        tokio::task::yield_now().await;
        self.0.query(query).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        let outcome = self.0.commit(commit).await;
        tokio::task::yield_now().await;
        outcome
    }
}

async fn count(journal: &Arc<Journal>, user: &UserId) -> Result<u64, StoreError> {
    let key = user_key(user, "counter");
    let rule = |loaded: &Loaded| {
        let count = loaded.get::<Counter>(&key)?.unwrap_or_default().count + 1;
        Ok((Changes::none().put(key.clone(), &Counter { count }), count))
    };
    journal.change(user, std::slice::from_ref(&key), &Origin::default(), rule).await
}

/// Counts once, is cancelled after `polls` polls, and counts again; returns the counts of the store
/// and of the observer after each, and whether the first call finished before it could be
/// cancelled.
async fn cancelled(polls: usize) -> ([(u64, u64); 2], bool) {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
    let store = Arc::new(YieldingStore(MemoryStore::new(clock.clone())));
    let observed = Arc::new(Mutex::new(0));
    let observing = Arc::clone(&observed);
    let on_write = move |write: &Write, happened: bool| {
        let Action::Put { body, .. } = &write.action else { return };
        if let (true, Ok(counter)) = (happened, decode::<Counter>(body)) {
            *observing.lock().unwrap() = counter.count;
        }
    };
    let random = Arc::new(SeededRandom::new(1));
    let journal = Journal::new(store.clone(), clock, random, Vec::new(), Duration::from_hours(1));
    let journal = Arc::new(journal.with_commit_observer(Arc::new(on_write)));
    let user = UserId::parse("usr_1").unwrap();
    let known = async || {
        let item = store.0.get(&user_key(&user, "counter")).await.unwrap();
        let stored = item.map_or(0, |item| decode::<Counter>(&item.body).unwrap().count);
        (stored, *observed.lock().unwrap())
    };
    let finished = {
        let mut change = pin!(count(&journal, &user));
        let mut left = polls;
        poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(false);
            }
            left -= 1;
            change.as_mut().poll(context).map(|_| true)
        })
        .await
    };
    // A change that goes on without its caller holds the user's lock: the next change waits for it.
    let nothing = |_: &Loaded| Ok::<_, StoreError>((Changes::none(), ()));
    journal.change(&user, &[], &Origin::default(), nothing).await.unwrap();
    let first = known().await;
    count(&journal, &user).await.unwrap();
    ([first, known().await], finished)
}

#[tokio::test]
async fn whenever_a_caller_is_cancelled_observers_agree_with_the_store() {
    let mut outcomes = Vec::new();
    for polls in 0.. {
        let ([first, second], finished) = cancelled(polls).await;
        assert_eq!(first.0, first.1, "after {polls} polls");
        assert_eq!(second, (first.0 + 1, first.0 + 1), "after {polls} polls");
        outcomes.push(first.0);
        if finished {
            break;
        }
    }
    assert!(outcomes.contains(&0), "no caller was early enough to prevent the change");
    let cut_in_the_middle = outcomes.len() - 1;
    assert!(outcomes.iter().take(cut_in_the_middle).any(|count| *count == 1), "{outcomes:?}");
}
