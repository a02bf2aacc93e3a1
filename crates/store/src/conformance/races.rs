//! Many callers at once.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Harness, commit, get, key, put, write};
use crate::{Guard, Key, Store, StoreError, Write};

fn claim(sort: &str, body: &str) -> Vec<Write> {
    vec![
        Write::put(key(sort), Guard::Absent, body.to_owned()),
        Write::put(key(body), Guard::Absent, ""),
    ]
}

/// The others get a conflict, and nothing of theirs is there.
pub async fn one_of_many_racing_commits_wins<H: Harness>(harness: H) {
    let store = harness.store();
    for round in 0..10 {
        let mut tasks = JoinSet::new();
        for n in 0..32 {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                (n, commit(&store, claim(&format!("claim{round}"), &format!("{round}/{n}"))).await)
            });
        }
        let (won, lost): (Vec<_>, Vec<_>) =
            tasks.join_all().await.into_iter().partition(|(_, r)| r.is_ok());
        assert_eq!(won.len(), 1);
        let conflict = Err(StoreError::Conflict(key(&format!("claim{round}"))));
        assert!(lost.iter().all(|(_, result)| *result == conflict), "{lost:?}");
        for (n, _) in lost {
            assert_eq!(get(&store, &format!("{round}/{n}")).await, None);
        }
        let item = get(&store, &format!("claim{round}")).await.unwrap();
        assert_eq!(item.body, format!("{round}/{}", won[0].0));
    }
}

/// 64 tasks add one each, reading and trying again until it fits.
pub async fn a_counter_loses_no_update<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("count", "0")]).await;
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { while add(&store, &key("count"), 1).await.is_err() {} });
    }
    tasks.join_all().await;
    assert_eq!(get(&store, "count").await.unwrap().body, "64");
}

async fn add(store: &Arc<dyn Store>, key: &Key, amount: i64) -> Result<(), StoreError> {
    commit(store, vec![added(store, key, amount).await]).await
}

async fn added(store: &Arc<dyn Store>, key: &Key, amount: i64) -> Write {
    let item = store.get(key).await.unwrap().unwrap();
    let value: i64 = std::str::from_utf8(&item.body).unwrap().parse().unwrap();
    Write::put(key.clone(), Guard::Revision(item.revision), (value + amount).to_string())
}

/// In one partition and in many.
pub async fn commits_that_share_nothing_all_succeed<H: Harness>(harness: H) {
    let store = harness.store();
    let mut tasks = JoinSet::new();
    for n in 0..128 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let alone = Write::put(Key::new(format!("user/{n}"), "own"), Guard::Absent, "");
            commit(&store, vec![Write::put(key(&format!("shared{n}")), Guard::Absent, ""), alone])
                .await
        });
    }
    assert!(tasks.join_all().await.into_iter().all(|result| result == Ok(())));
    for n in 0..128 {
        assert!(get(&store, &format!("shared{n}")).await.is_some());
        assert!(store.get(&Key::new(format!("user/{n}"), "own")).await.unwrap().is_some());
    }
}

/// Transfers back and forth between two accounts neither block each other for ever nor make or lose
/// anything.
pub async fn commits_over_the_same_items_in_any_order_keep_their_sum<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("a", "0"), put("b", "0")]).await;
    let mut tasks = JoinSet::new();
    for n in 0..16 {
        let (store, pair) = (Arc::clone(&store), if n % 2 == 0 { ["a", "b"] } else { ["b", "a"] });
        tasks.spawn(async move { while transfer(&store, pair, n + 1).await.is_err() {} });
    }
    tasks.join_all().await;
    let expected: i64 = (0..16).map(|n| if n % 2 == 0 { -(n + 1) } else { n + 1 }).sum();
    assert_eq!(get(&store, "a").await.unwrap().body, expected.to_string());
    assert_eq!(get(&store, "b").await.unwrap().body, (-expected).to_string());
}

async fn transfer(
    store: &Arc<dyn Store>,
    [from, to]: [&str; 2],
    amount: i64,
) -> Result<(), StoreError> {
    let from = added(store, &key(from), -amount).await;
    let to = added(store, &key(to), amount).await;
    commit(store, vec![from, to]).await
}
