//! Names in order.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Harness, name, put};
use crate::{BlobError, BlobName, Blobs, InvalidName, MediaType};

/// Not in the order of their making.
pub async fn names_come_in_the_order_of_their_bytes<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    let stems = [
        "aaaaaaaaaaaaaaaaaaaaaa",
        "Zaaaaaaaaaaaaaaaaaaaaa",
        "-aaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaa_",
        "_0aaaaaaaaaaaaaaaaaaaa",
    ];
    let mut names: Vec<_> =
        stems.iter().map(|stem| BlobName::new("avatars", stem, MediaType::Png).unwrap()).collect();
    for name in &names {
        put(&blobs, name, b"x").await;
    }
    names.sort_unstable();
    let listing = blobs.list("avatars", None).await.unwrap();
    assert_eq!((listing.names, listing.more), (names, false));
}

/// More than a page of them.
pub async fn pages_give_every_name_once<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    let mut names: Vec<_> = (0..1_100).map(name).collect();
    let mut puts = JoinSet::new();
    for name in names.clone() {
        let blobs = Arc::clone(&blobs);
        puts.spawn(async move { put(&blobs, &name, b"x").await });
    }
    puts.join_all().await;
    names.sort_unstable();
    assert_eq!(all(&blobs).await, names);
}

async fn all(blobs: &Arc<dyn Blobs>) -> Vec<BlobName> {
    let mut names = Vec::new();
    loop {
        let page = blobs.list("avatars", names.last()).await.unwrap();
        assert!(page.names.len() <= 1_000);
        names.extend(page.names);
        if !page.more {
            return names;
        }
    }
}

/// As when maintenance deletes what it lists.
pub async fn a_page_may_start_behind_a_name_that_is_gone<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    for number in 0..3 {
        put(&blobs, &name(number), b"x").await;
    }
    blobs.delete(&name(1)).await.unwrap();
    assert_eq!(blobs.list("avatars", Some(&name(1))).await.unwrap().names, [name(2)]);
}

/// Though the names of another folder start like its own.
pub async fn a_listing_stays_in_its_folder<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    let other = BlobName::new("avatars-old", "aaaaaaaaaaaaaaaaaaaaaa", MediaType::Gif).unwrap();
    put(&blobs, &other, b"x").await;
    put(&blobs, &name(1), b"x").await;
    assert_eq!(blobs.list("avatars", None).await.unwrap().names, [name(1)]);
    assert_eq!(blobs.list("avatars-old", None).await.unwrap().names, [other]);
}

/// A folder exists with its first blob.
pub async fn an_unknown_folder_is_empty_and_a_bad_one_refused<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    assert_eq!(blobs.list("media", None).await.unwrap().names, []);
    for bad in ["", "..", "avatars/", ".new", "a/b"] {
        assert_eq!(blobs.list(bad, None).await, Err(BlobError::Name(InvalidName)));
    }
}
