//! What outlives the store.

use std::time::Duration;

use super::{Durable, commit, get, key, put, read_all, start, write};
use crate::{Guard, Query, StoreError, Write};

/// All of it, as it was, several times over.
pub async fn what_was_committed_is_there_after_reopening<H: Durable>(mut harness: H) {
    for round in 1..=3 {
        let store = harness.store();
        let large = put(&format!("{round}/large"), vec![round; 300_000]);
        write(
            &store,
            vec![large, put(&format!("{round}/small"), vec![round]), put("last", vec![round])],
        )
        .await;
        write(&store, vec![Write::delete(key(&format!("{}/small", round - 1)), Guard::Any)]).await;
        let before = read_all(&store, Query::prefix("user/1", "")).await;
        drop(store);
        harness = harness.reopen().await;
        let after = read_all(&harness.store(), Query::prefix("user/1", "")).await;
        assert!(before == after && after.len() == usize::from(round) + 2, "round {round}");
    }
}

/// They are the data's, not the process's.
pub async fn guards_and_expiry_hold_across_reopening<H: Durable>(harness: H) {
    let store = harness.store();
    let hour = Duration::from_hours(1);
    write(
        &store,
        vec![put("k", "1"), Write::put_until(key("dies"), Guard::Any, "", start().plus(hour))],
    )
    .await;
    let revision = Guard::Revision(get(&store, "k").await.unwrap().revision);
    drop(store);
    let harness = harness.reopen().await;
    let store = harness.store();
    let conflict = Err(StoreError::Conflict(key("k")));
    assert_eq!(commit(&store, vec![Write::put(key("k"), Guard::Absent, "2")]).await, conflict);
    assert_eq!(commit(&store, vec![Write::put(key("k"), revision, "2")]).await, Ok(()));
    assert!(get(&store, "dies").await.is_some());
    harness.clock().advance(hour);
    assert_eq!(get(&store, "dies").await, None);
}
