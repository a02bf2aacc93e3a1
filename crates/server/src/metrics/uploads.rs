//! An upload store with metrics.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_blobs::upload_form::Form;
use selfsame_blobs::{
    BlobError, Body, ReceiveError, Upload, UploadInstructions, UploadListing, UploadName, Uploads,
};
use selfsame_primitives::Timestamp;

use super::{Operation, SharedMetrics};

/// Times every operation of the upload store inside.
pub struct MeasuredUploads {
    inner: Arc<dyn Uploads>,
    metrics: SharedMetrics,
}

impl fmt::Debug for MeasuredUploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeasuredUploads")
    }
}

impl MeasuredUploads {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Uploads>, metrics: SharedMetrics) -> Self {
        Self { inner, metrics }
    }

    async fn timed<T, E>(
        &self,
        operation: &'static str,
        failed: impl FnOnce(&E) -> bool,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let (started, labels) = (Instant::now(), Operation { operation });
        let result = work.await;
        self.metrics.uploads.get_or_create(&labels).observe(started.elapsed());
        if result.as_ref().err().is_some_and(failed) {
            self.metrics.upload_failures.get_or_create(&labels).inc();
        }
        result
    }
}

fn is_down(error: &BlobError) -> bool {
    matches!(error, BlobError::Unavailable(_))
}

#[async_trait]
impl Uploads for MeasuredUploads {
    fn url(&self) -> String {
        self.inner.url()
    }

    async fn form(
        &self,
        name: &UploadName,
        length: RangeInclusive<u64>,
        life: Duration,
        now: Timestamp,
    ) -> Result<UploadInstructions, BlobError> {
        self.timed("form", is_down, self.inner.form(name, length, life, now)).await
    }

    async fn receive(
        &self,
        form: &Form,
        file: Body<'_>,
        now: Timestamp,
    ) -> Result<(UploadName, Upload), ReceiveError> {
        let failed =
            |error: &ReceiveError| matches!(error, ReceiveError::Failed(error) if is_down(error));
        self.timed("receive", failed, self.inner.receive(form, file, now)).await
    }

    async fn head(&self, name: &UploadName) -> Result<Option<Upload>, BlobError> {
        self.timed("head", is_down, self.inner.head(name)).await
    }

    async fn get(
        &self,
        name: &UploadName,
        most: u64,
    ) -> Result<Option<(Upload, Bytes)>, BlobError> {
        self.timed("get", is_down, self.inner.get(name, most)).await
    }

    async fn delete(&self, name: &UploadName) -> Result<(), BlobError> {
        self.timed("delete", is_down, self.inner.delete(name)).await
    }

    async fn list(&self, after: Option<&UploadName>) -> Result<UploadListing, BlobError> {
        self.timed("list", is_down, self.inner.list(after)).await
    }
}
