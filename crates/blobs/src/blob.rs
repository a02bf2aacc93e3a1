//! The port itself.

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

use crate::{BlobName, ByteRange, InvalidName};

/// A blob, or a part of it. Its media type is that of its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blob {
    /// The requested bytes.
    pub bytes: Bytes,
    /// Where they start in the whole.
    pub start: u64,
    /// Bytes of the whole.
    pub size: u64,
    /// Changes whenever the whole does: up to 64 characters that may stand between the quotes of an
    /// entity tag.
    pub etag: String,
}

/// Why a blob could not be stored or read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum BlobError {
    /// The store can't be reached or is full. A put or a delete may have happened all the same.
    #[error("the blob store is not available: {0}")]
    Unavailable(String),
    /// The range starts after the end.
    #[error("the range lies outside of {size} bytes")]
    Range {
        /// Bytes of the whole.
        size: u64,
    },
    /// There is more than the given maximum.
    #[error("{size} bytes are more than is read at once")]
    TooLarge {
        /// Bytes of the whole.
        size: u64,
    },
    /// This can't be the name of a blob.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

/// Some names of a folder, in the order of their bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// At most 1,000 names.
    pub names: Vec<BlobName>,
    /// Whether there is more after the last one.
    pub more: bool,
}

/// A blob store. Every store gives the same guarantees: those of the conformance suite.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Keeps `bytes` under `name`, durably before it returns; what was there before is replaced at
    /// once or not at all.
    async fn put(&self, name: &BlobName, bytes: Bytes) -> Result<(), BlobError>;

    /// The blob `name`, or `range` of it; `None` where there is none.
    async fn get(
        &self,
        name: &BlobName,
        range: Option<ByteRange>,
    ) -> Result<Option<Blob>, BlobError>;

    /// Deletes the blob `name`; succeeds where there is none.
    async fn delete(&self, name: &BlobName) -> Result<(), BlobError>;

    /// The names in `folder` after `after`, a page of them: for maintenance, not for requests.
    async fn list(&self, folder: &str, after: Option<&BlobName>) -> Result<Listing, BlobError>;
}

/// The most names of one [`Listing`].
pub(crate) const PAGE: usize = 1_000;
