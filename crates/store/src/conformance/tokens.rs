//! Commits that are tried again.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Harness, body, commit_of, get, key, put, write};
use crate::{Guard, StoreError, Write};

/// Even if it would be possible, or would be refused, by now.
pub async fn a_commit_tried_again_is_not_done_again<H: Harness>(harness: H) {
    let store = harness.store();
    let claim = commit_of(vec![Write::put(key("claim"), Guard::Absent, "1"), put("any", "1")]);
    assert_eq!(store.commit(claim.clone()).await, Ok(()));
    assert_eq!(store.commit(claim.clone()).await, Ok(()), "though the claim is there");
    write(&store, vec![Write::delete(key("claim"), Guard::Any), put("any", "2")]).await;
    assert_eq!(store.commit(claim).await, Ok(()));
    assert_eq!(get(&store, "claim").await, None);
    assert_eq!(body(&store, "any").await.unwrap(), "2");
}

/// As when a caller gives up waiting and retries while the first try is under way.
pub async fn racing_tries_of_one_commit_all_succeed_and_write_once<H: Harness>(harness: H) {
    let store = harness.store();
    let claim = commit_of(vec![Write::put(key("claim"), Guard::Absent, "1")]);
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let (store, claim) = (Arc::clone(&store), claim.clone());
        tasks.spawn(async move { store.commit(claim).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|result| result == Ok(())));
    assert_eq!(get(&store, "claim").await.unwrap().revision, claim.token.revision());
}

/// It may still be made, once its guards hold.
pub async fn a_refused_commit_is_not_taken_for_done<H: Harness>(harness: H) {
    let store = harness.store();
    write(&store, vec![put("claim", "other")]).await;
    let claim = commit_of(vec![Write::put(key("claim"), Guard::Absent, "mine")]);
    for _ in 0..2 {
        assert_eq!(store.commit(claim.clone()).await, Err(StoreError::Conflict(key("claim"))));
    }
    write(&store, vec![Write::delete(key("claim"), Guard::Any)]).await;
    assert_eq!(store.commit(claim).await, Ok(()));
    assert_eq!(body(&store, "claim").await.unwrap(), "mine");
}
