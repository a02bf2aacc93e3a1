//! Guarantees of stores in a directory alone.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::Bytes;
use selfsame_blobs::{BlobError, BlobName, Blobs as _, FileBlobs};
use tempfile::TempDir;

fn name() -> BlobName {
    BlobName::parse("avatars/abcdefghijklmnopqrstuv.jpg").unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_but_the_owner_may_read_what_is_kept() {
    let root = TempDir::new().unwrap();
    let blobs = FileBlobs::open(root.path().join("blobs")).await.unwrap();
    blobs.put(&name(), Bytes::from_static(b"x")).await.unwrap();
    let shard = root.path().join("blobs/avatars/ab");
    assert_eq!(mode(&shard.join("abcdefghijklmnopqrstuv.jpg")), 0o600);
    for directory in
        [shard.as_path(), &root.path().join("blobs/avatars"), &root.path().join("blobs")]
    {
        assert_eq!(mode(directory), 0o700);
    }
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_removed_at_opening() {
    let root = TempDir::new().unwrap();
    drop(FileBlobs::open(root.path()).await.unwrap());
    let leftover = root.path().join(".new/half-written");
    fs::write(&leftover, "half").unwrap();
    let _blobs = FileBlobs::open(root.path()).await.unwrap();
    assert!(!leftover.exists());
}

#[tokio::test]
async fn fresh_files_of_another_process_are_not_taken_for_leftovers() {
    let root = TempDir::new().unwrap();
    let _first = FileBlobs::open(root.path()).await.unwrap();
    let fresh = root.path().join(".new/being-written");
    fs::write(&fresh, "half").unwrap();
    let _second = FileBlobs::open(root.path()).await.unwrap();
    assert!(fresh.exists());
}

#[tokio::test]
async fn a_put_leaves_nothing_behind_but_the_blob_also_when_it_fails() {
    let root = TempDir::new().unwrap();
    let blobs = FileBlobs::open(root.path()).await.unwrap();
    blobs.put(&name(), Bytes::from_static(b"x")).await.unwrap();
    // A directory where the file should go makes the last step fail.
    let taken = root.path().join("avatars/zz/zzabcdefghijklmnopqrstuv.jpg");
    fs::create_dir_all(taken.join("inside")).unwrap();
    let outcome = blobs
        .put(&BlobName::parse("avatars/zzabcdefghijklmnopqrstuv.jpg").unwrap(), Bytes::new())
        .await;
    assert!(matches!(outcome, Err(BlobError::Unavailable(_))), "{outcome:?}");
    assert_eq!(fs::read_dir(root.path().join(".new")).unwrap().count(), 0);
}
