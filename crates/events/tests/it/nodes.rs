//! Two nodes that change the same user.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use selfsame_events::{Changes, Journal, Loaded, Origin, user_key};
use selfsame_primitives::{ManualClock, SeededRandom, Timestamp, UserId};
use selfsame_store::{Key, MemoryStore, Record, StoreError};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counter {
    count: u64,
}

impl Record for Counter {
    const KIND: &'static str = "counter";
}

struct Node(Arc<Journal>);

#[derive(Debug, PartialEq)]
enum Refused {
    Odd(u64),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn nodes() -> [Node; 2] {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
    let store = Arc::new(MemoryStore::new(clock.clone()));
    [1, 2].map(|seed| {
        let random = Arc::new(SeededRandom::new(seed));
        let retention = Duration::from_hours(1);
        Node(Arc::new(Journal::new(store.clone(), clock.clone(), random, Vec::new(), retention)))
    })
}

impl Node {
    async fn decide(
        &self,
        rule: impl Fn(u64) -> Result<Option<u64>, Refused>,
    ) -> Result<u64, Refused> {
        let user = UserId::parse("usr_1").unwrap();
        let key: Key = user_key(&user, "counter");
        let decide = |loaded: &Loaded| {
            let before = loaded.get::<Counter>(&key)?.unwrap_or_default().count;
            let Some(count) = rule(before)? else { return Ok((Changes::none(), before)) };
            Ok((Changes::none().put(key.clone(), &Counter { count }), count))
        };
        self.0.change(&user, std::slice::from_ref(&key), &Origin::default(), decide).await
    }

    async fn count(&self) -> u64 {
        self.decide(|before| Ok(Some(before + 1))).await.unwrap()
    }
}

#[tokio::test]
async fn a_change_by_one_node_is_not_lost_on_another_with_a_stale_cache() {
    let [one, other] = nodes();
    let counts = [
        one.count().await,
        other.count().await,
        one.count().await,
        one.count().await,
        other.count().await,
    ];
    assert_eq!(counts, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn no_refusal_is_decided_on_a_stale_cache() {
    let [one, other] = nodes();
    let even = |count| if count % 2 == 0 { Ok(None) } else { Err(Refused::Odd(count)) };
    one.count().await;
    assert_eq!(one.decide(even).await, Err(Refused::Odd(1)));
    other.count().await;
    assert_eq!(one.decide(even).await, Ok(2), "one remembers 1, which is odd");
    one.count().await;
    other.count().await;
    assert_eq!(one.decide(|count| Ok((count == 3).then_some(9))).await, Ok(4), "and then 3");
}
