//! Parts of blobs.

use super::{Harness, name, put};
use crate::{BlobError, ByteRange};

/// From, between, and the last ones.
pub async fn a_range_gives_that_part_and_tells_the_whole_size<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    put(&blobs, &name(1), b"0123456789").await;
    let whole = blobs.get(&name(1), None).await.unwrap().unwrap();
    for (range, start, part) in [
        (ByteRange::From(7), 7, "789"),
        (ByteRange::Between(2, 4), 2, "234"),
        (ByteRange::Between(0, 0), 0, "0"),
        (ByteRange::Last(4), 6, "6789"),
    ] {
        let blob = blobs.get(&name(1), Some(range)).await.unwrap().unwrap();
        assert_eq!((&blob.bytes[..], blob.start, blob.size), (part.as_bytes(), start, 10));
        assert_eq!(blob.etag, whole.etag);
    }
}

/// As RFC 9110 §14.1.2 requires.
pub async fn a_range_is_cut_at_the_end<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    put(&blobs, &name(1), b"0123456789").await;
    for (range, part) in [(ByteRange::Between(8, 100), "89"), (ByteRange::Last(100), "0123456789")]
    {
        assert_eq!(blobs.get(&name(1), Some(range)).await.unwrap().unwrap().bytes, part);
    }
}

/// So that 416 can be answered.
pub async fn a_range_behind_the_end_is_refused_with_the_size<H: Harness>(harness: H) {
    let blobs = harness.blobs();
    put(&blobs, &name(1), b"0123456789").await;
    for range in [ByteRange::From(10), ByteRange::Between(10, 11), ByteRange::Last(0)] {
        assert_eq!(blobs.get(&name(1), Some(range)).await, Err(BlobError::Range { size: 10 }));
    }
}

/// And no error.
pub async fn a_range_of_nothing_is_absent<H: Harness>(harness: H) {
    assert_eq!(harness.blobs().get(&name(1), Some(ByteRange::From(1))).await, Ok(None));
}
