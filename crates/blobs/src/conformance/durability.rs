//! What outlives the process.

use super::{Durable, bytes, get, name, put};

/// With its content.
pub async fn what_was_put_is_there_after_reopening<H: Durable>(harness: H) {
    put(&harness.blobs(), &name(1), b"kept").await;
    let harness = harness.reopen().await;
    assert_eq!(bytes(&harness.blobs(), &name(1)).await.unwrap(), "kept");
}

/// And stays so.
pub async fn what_was_deleted_is_gone_after_reopening<H: Durable>(harness: H) {
    put(&harness.blobs(), &name(1), b"dropped").await;
    harness.blobs().delete(&name(1)).await.unwrap();
    let harness = harness.reopen().await;
    assert_eq!(get(&harness.blobs(), &name(1)).await, None);
}
