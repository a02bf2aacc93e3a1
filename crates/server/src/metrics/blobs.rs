//! A blob store with metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_blobs::{Blob, BlobError, BlobName, Blobs, ByteRange, Listing};

use super::{Operation, SharedMetrics};

/// Times every operation of the blob store inside.
pub struct MeasuredBlobs {
    inner: Arc<dyn Blobs>,
    metrics: SharedMetrics,
}

impl fmt::Debug for MeasuredBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeasuredBlobs")
    }
}

impl MeasuredBlobs {
    /// Wraps `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Blobs>, metrics: SharedMetrics) -> Self {
        Self { inner, metrics }
    }

    async fn timed<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, BlobError>>,
    ) -> Result<T, BlobError> {
        let started = Instant::now();
        let result = work.await;
        self.metrics.blobs.get_or_create(&Operation { operation }).observe(started.elapsed());
        if let Err(BlobError::Unavailable(_)) = &result {
            self.metrics.blob_failures.get_or_create(&Operation { operation }).inc();
        }
        result
    }
}

#[async_trait]
impl Blobs for MeasuredBlobs {
    async fn put(&self, name: &BlobName, bytes: Bytes) -> Result<(), BlobError> {
        self.timed("put", self.inner.put(name, bytes)).await
    }

    async fn get(
        &self,
        name: &BlobName,
        range: Option<ByteRange>,
    ) -> Result<Option<Blob>, BlobError> {
        self.timed("get", self.inner.get(name, range)).await
    }

    async fn delete(&self, name: &BlobName) -> Result<(), BlobError> {
        self.timed("delete", self.inner.delete(name)).await
    }

    async fn list(&self, folder: &str, after: Option<&BlobName>) -> Result<Listing, BlobError> {
        self.timed("list", self.inner.list(folder, after)).await
    }
}
