//! What clients upload themselves.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_primitives::Timestamp;

use crate::{BlobError, MediaType, Upload, UploadInstructions, UploadName, Uploads};

/// An empty store for uploads of its own for one test.
#[async_trait]
pub trait UploadHarness: Sized + Send + Sync {
    /// Makes the store.
    async fn create() -> Self;
    /// The store.
    fn uploads(&self) -> Arc<dyn Uploads>;
    /// What time it is there.
    fn now(&self) -> Timestamp;
    /// Does what a client does with `direct`, for a file that comes in these parts: the status and
    /// the code of the answer, which is empty where all is well.
    async fn send(&self, direct: &UploadInstructions, parts: Vec<Bytes>) -> (u16, String);
}

const HOUR: Duration = Duration::from_hours(1);
/// The MD5 sum of `0123456789`.
const DIGITS: &str = "781e5e245d69b566979b86e28d23f2c7";

fn name(number: usize) -> UploadName {
    UploadName::new(&format!("{number:08}"), MediaType::Jpeg).unwrap()
}

async fn form<H: UploadHarness>(harness: &H, name: &UploadName) -> UploadInstructions {
    harness.uploads().form(name, 4..=10, HOUR, harness.now()).await.unwrap()
}

async fn send<H: UploadHarness>(harness: &H, name: &UploadName, content: &'static str) {
    let direct = form(harness, name).await;
    assert_eq!(
        harness.send(&direct, vec![Bytes::from_static(content.as_bytes())]).await,
        accepted()
    );
}

fn accepted() -> (u16, String) {
    (204, String::new())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn head<H: UploadHarness>(harness: &H, name: &UploadName) -> Option<Upload> {
    harness.uploads().head(name).await.unwrap()
}

/// With its size, its MD5 sum and its time.
pub async fn what_was_uploaded_is_there<H: UploadHarness>(harness: H) {
    let before = harness.now();
    send(&harness, &name(1), "0123456789").await;
    let upload = head(&harness, &name(1)).await.unwrap();
    assert_eq!((upload.size, upload.etag.as_str()), (10, DIGITS));
    let minute = Duration::from_mins(1);
    assert!(
        upload.modified.plus(minute) >= before && upload.modified <= harness.now().plus(minute)
    );
    let (same, bytes) = harness.uploads().get(&name(1), 10).await.unwrap().unwrap();
    assert_eq!((same, bytes), (upload, "0123456789".into()));
}

/// And no error.
pub async fn what_was_not_uploaded_is_absent<H: UploadHarness>(harness: H) {
    assert_eq!(head(&harness, &name(1)).await, None);
    assert_eq!(harness.uploads().get(&name(1), 10).await, Ok(None));
    harness.uploads().delete(&name(1)).await.unwrap();
}

/// However it is cut.
pub async fn a_large_upload_in_parts_comes_back_whole<H: UploadHarness>(harness: H) {
    let large: Bytes = (0..3_000_001_u32).map(|at| at.to_le_bytes()[1]).collect();
    let direct =
        harness.uploads().form(&name(1), 1..=3_000_001, HOUR, harness.now()).await.unwrap();
    let parts = large.chunks(77_777).map(Bytes::copy_from_slice).collect();
    assert_eq!(harness.send(&direct, parts).await, accepted());
    let (upload, bytes) = harness.uploads().get(&name(1), 3_000_001).await.unwrap().unwrap();
    assert!(upload.size == 3_000_001 && bytes == large);
}

/// So that an uploader can't make the reader hold more than its maximum.
pub async fn more_than_is_asked_for_is_not_read<H: UploadHarness>(harness: H) {
    send(&harness, &name(1), "0123456789").await;
    assert_eq!(harness.uploads().get(&name(1), 9).await, Err(BlobError::TooLarge { size: 10 }));
}

/// Nothing of it is stored.
pub async fn a_file_that_is_too_large_or_too_small_is_refused<H: UploadHarness>(harness: H) {
    let direct = form(&harness, &name(1)).await;
    let send =
        |text: &'static str| harness.send(&direct, vec![Bytes::from_static(text.as_bytes())]);
    assert_eq!(send("0123456789a").await, refused(400, "EntityTooLarge"));
    assert_eq!(send("012").await, refused(400, "EntityTooSmall"));
    assert_eq!(head(&harness, &name(1)).await, None);
}

/// Whatever is changed.
pub async fn a_changed_form_is_refused<H: UploadHarness>(harness: H) {
    let direct = form(&harness, &name(1)).await;
    for (field, value) in [
        ("key", name(2).as_str()),
        ("Content-Type", "text/html"),
        ("policy", "e30="),
        ("x-amz-date", "20200101T000000Z"),
        ("x-amz-signature", "00"),
    ] {
        let mut changed = direct.clone();
        changed.fields.insert(field.into(), value.into());
        let (status, code) = harness.send(&changed, vec![Bytes::from_static(b"01234")]).await;
        assert!(matches!(status, 400 | 403) && !code.is_empty(), "{field}: {status} {code}");
        assert_eq!(head(&harness, &name(1)).await, None);
        assert_eq!(head(&harness, &name(2)).await, None);
    }
}

/// However well it is signed.
pub async fn an_expired_form_is_refused<H: UploadHarness>(harness: H) {
    let (past, life) = (harness.now().minus(Duration::from_mins(10)), Duration::from_mins(5));
    let direct = harness.uploads().form(&name(1), 4..=10, life, past).await.unwrap();
    assert_eq!(direct.expires_at, past.plus(life));
    let answer = harness.send(&direct, vec![Bytes::from_static(b"01234")]).await;
    assert_eq!(answer, refused(403, "AccessDenied"));
    assert_eq!(head(&harness, &name(1)).await, None);
}

/// And its sum shows that it has changed.
pub async fn a_second_upload_replaces_the_first<H: UploadHarness>(harness: H) {
    send(&harness, &name(1), "abcdefghij").await;
    send(&harness, &name(1), "0123456789").await;
    assert_eq!(head(&harness, &name(1)).await.unwrap().etag, DIGITS);
}

/// And can be deleted again.
pub async fn a_deleted_upload_is_gone<H: UploadHarness>(harness: H) {
    send(&harness, &name(1), "01234").await;
    send(&harness, &name(2), "01234").await;
    harness.uploads().delete(&name(1)).await.unwrap();
    harness.uploads().delete(&name(1)).await.unwrap();
    assert_eq!(head(&harness, &name(1)).await, None);
    assert!(head(&harness, &name(2)).await.is_some());
}

/// In the order of their bytes, with their times.
pub async fn a_listing_goes_on_behind_a_name<H: UploadHarness>(harness: H) {
    for number in [3, 1, 2] {
        send(&harness, &name(number), "01234").await;
    }
    let listed = harness.uploads().list(Some(&name(1))).await.unwrap();
    let names: Vec<_> = listed.uploads.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!((names, listed.more), (vec![name(2), name(3)], false));
    for (name, modified) in harness.uploads().list(None).await.unwrap().uploads {
        assert_eq!(head(&harness, &name).await.unwrap().modified, modified);
    }
}
