//! Putting, getting and deleting.

use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinSet;

use super::{Harness, bytes, get, name, put};

/// With its size.
pub async fn what_was_put_comes_back_whole<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    put(&blobs, &name(1), b"one").await;
    put(&blobs, &name(2), b"three").await;
    let blob = get(&blobs, &name(2)).await.unwrap();
    assert_eq!((&blob.bytes[..], blob.start, blob.size), (&b"three"[..], 0, 5));
    assert_eq!(bytes(&blobs, &name(1)).await.unwrap(), "one");
}

/// And no error.
pub async fn what_was_never_put_is_absent<H: Harness>(harness: H) {
    assert_eq!(get(&harness.blobs(), &name(1)).await, None);
}

/// 9 MB: beyond what one read or write of a system takes.
pub async fn a_large_blob_comes_back_whole<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    let large: Bytes = (0..9_000_001_u32).map(|at| at.to_le_bytes()[1]).collect();
    blobs.put(&name(1), large.clone()).await.unwrap();
    assert!(bytes(&blobs, &name(1)).await.unwrap() == large);
}

/// It is not the same as none.
pub async fn an_empty_blob_is_a_blob<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    put(&blobs, &name(1), b"").await;
    assert_eq!(get(&blobs, &name(1)).await.unwrap().size, 0);
}

/// Also by something shorter.
pub async fn a_put_replaces_what_was_there<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    put(&blobs, &name(1), b"a long one").await;
    put(&blobs, &name(1), b"short").await;
    assert_eq!(bytes(&blobs, &name(1)).await.unwrap(), "short");
}

/// And it fits into an `ETag` field.
pub async fn the_entity_tag_stays_until_the_content_changes<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    put(&blobs, &name(1), b"same size, A").await;
    let first = get(&blobs, &name(1)).await.unwrap().etag;
    assert_eq!(get(&blobs, &name(1)).await.unwrap().etag, first);
    put(&blobs, &name(1), b"same size, B").await;
    assert_ne!(get(&blobs, &name(1)).await.unwrap().etag, first);
    assert!((1..=64).contains(&first.len()), "{first}");
    assert!(first.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'), "{first}");
}

/// Whatever shard they are in.
pub async fn a_deleted_blob_is_gone_and_the_others_are_not<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    for number in 0..5 {
        put(&blobs, &name(number), b"here").await;
    }
    blobs.delete(&name(3)).await.unwrap();
    for number in 0..5 {
        assert_eq!(get(&blobs, &name(number)).await.is_some(), number != 3);
    }
}

/// So that a delete can be tried again.
pub async fn a_delete_of_nothing_is_no_error<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    blobs.delete(&name(1)).await.unwrap();
    put(&blobs, &name(1), b"here").await;
    blobs.delete(&name(1)).await.unwrap();
    blobs.delete(&name(1)).await.unwrap();
}

/// Never a mixture, and readers meanwhile see a whole one too.
pub async fn racing_puts_leave_one_of_them_whole<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    blobs.put(&name(1), Bytes::from(vec![0; 200_000])).await.unwrap();
    let mut tasks = JoinSet::new();
    for byte in 1..=8_u8 {
        let blobs = Arc::clone(&blobs);
        tasks.spawn(async move {
            blobs.put(&name(1), Bytes::from(vec![byte; 200_000])).await.unwrap();
            let seen = bytes(&blobs, &name(1)).await.unwrap();
            assert!(seen.len() == 200_000 && seen.iter().all(|found| *found == seen[0]));
        });
    }
    tasks.join_all().await;
}
