//! A request that stalls until another process has claimed its `Idempotency-Key`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use selfsame_store::{Commit, Item, Key, MemoryStore, Page, Query, Store, StoreError};
use selfsame_testbed::{Answer, Testbed};
use serde_json::json;
use tokio::sync::Notify;

use super::{URL, token};

/// A store that stalls before the first write of webhooks, until it is released.
struct Stalling {
    inner: Arc<MemoryStore>,
    has_stalled: AtomicBool,
    stalls: Notify,
    goes_on: Notify,
}

#[async_trait]
impl Store for Stalling {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.inner.get(key).await
    }
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        self.inner.get_many(keys).await
    }
    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.inner.query(query).await
    }
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let is_theirs = commit.writes.iter().any(|write| write.key.partition == "webhooks");
        if is_theirs && !self.has_stalled.swap(true, Ordering::SeqCst) {
            self.stalls.notify_one();
            self.goes_on.notified().await;
        }
        self.inner.commit(commit).await
    }
}

async fn made_once(bed: &Testbed, token: &str) -> Answer {
    let body = json!({"url": URL, "eventTypes": ["profile.updated"]});
    let call = bed.post("/internal/v1/webhooks", &body).token(token);
    call.header("idempotency-key", "one-key").send().await
}

#[tokio::test]
async fn a_request_whose_retry_made_the_webhook_makes_no_second_one() {
    let bed = Testbed::new();
    let token = token(&bed, &["webhooks:manage"]).await;
    let store = Arc::new(Stalling {
        inner: Arc::clone(&bed.store),
        has_stalled: AtomicBool::new(false),
        stalls: Notify::new(),
        goes_on: Notify::new(),
    });
    let slow = bed.again(Arc::clone(&store) as _, 1000);
    let retried = async {
        store.stalls.notified().await;
        bed.clock.advance(Duration::from_mins(1));
        let answer = made_once(&bed, &token).await;
        store.goes_on.notify_one();
        answer
    };
    let (first, second) = tokio::join!(made_once(&slow, &token), retried);
    let made = second.expect(201).data();
    first.problem(409, "idempotency_in_flight");
    let all = bed.get("/internal/v1/webhooks").token(&token).send().await.expect(200).data();
    let ids: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|endpoint| &endpoint["id"]).collect();
    assert_eq!(ids, [&made["id"]]);
}
