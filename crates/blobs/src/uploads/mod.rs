//! The port of stores that clients upload to without going through the application.
//!
//! An upload is raw and unchecked, so it is never served, only read by the picture pipeline, and
//! then deleted. Left-over uploads are found by [`Uploads::list`].

mod memory;
mod name;
mod upload_form_signer;

use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
pub use memory::MemoryUploads;
pub use name::UploadName;
use selfsame_primitives::Timestamp;
use thiserror::Error;
pub use upload_form_signer::UploadFormSigner;

use crate::BlobError;
use crate::upload_form::{Fields, Form, Refusal};

/// The instructions for a client's upload: a form of `multipart/form-data` with `fields` in any
/// order and after them the field `file`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UploadInstructions {
    /// Where to.
    pub url: String,
    /// `POST`
    pub method: &'static str,
    /// Everything before the file.
    pub fields: Fields,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What is known about an upload without reading it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upload {
    /// Bytes.
    pub size: u64,
    /// The `ETag` in the answer to the client, without its quotes: the MD5 sum of the content in 32
    /// hexadecimal digits (with S3 the value of S3, e.g. another value of that form where the
    /// bucket is encrypted with KMS).
    pub etag: String,
    /// When it came in.
    pub modified: Timestamp,
}

/// Some uploads, in the order of the bytes of their names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UploadListing {
    /// At most 1,000 names, and when each came in.
    pub uploads: Vec<(UploadName, Timestamp)>,
    /// Whether there is more after the last one.
    pub more: bool,
}

/// A file as it arrives. An error ends it, and is the answer to the uploader.
pub type Body<'a> = BoxStream<'a, Result<Bytes, Refusal>>;

/// Why an upload was not taken in.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ReceiveError {
    /// It is not what was agreed on: the uploader reads why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed: the log has the reason, the uploader is to try again
    /// ([`Refusal::unavailable`]).
    #[error(transparent)]
    Failed(#[from] BlobError),
}

/// A store for uploads. Every store gives the same guarantees: those of the conformance suite.
#[async_trait]
pub trait Uploads: Send + Sync + 'static {
    /// The URL that every [`UploadInstructions`] leads to: pages must be allowed to send files
    /// there.
    fn url(&self) -> String;

    /// How a client uploads `name`, of so many bytes, within `life` from `now`. Until then it may
    /// do so again: what counts is the [`Upload::etag`] of what is read.
    async fn form(
        &self,
        name: &UploadName,
        length: RangeInclusive<u64>,
        life: Duration,
        now: Timestamp,
    ) -> Result<UploadInstructions, BlobError>;

    /// Stores the file of `form`: all of it, durably, or nothing. Only for stores whose forms lead
    /// to this service; the others refuse it as
    /// [`Code::MethodNotAllowed`](crate::upload_form::Code::MethodNotAllowed).
    async fn receive(
        &self,
        form: &Form,
        file: Body<'_>,
        now: Timestamp,
    ) -> Result<(UploadName, Upload), ReceiveError>;

    /// What was uploaded as `name`; `None` where nothing was.
    async fn head(&self, name: &UploadName) -> Result<Option<Upload>, BlobError>;

    /// The same with its content. Fails with [`BlobError::TooLarge`] where it has more than `most`
    /// bytes.
    async fn get(&self, name: &UploadName, most: u64)
    -> Result<Option<(Upload, Bytes)>, BlobError>;

    /// Deletes what was uploaded as `name`; all is well where nothing was.
    async fn delete(&self, name: &UploadName) -> Result<(), BlobError>;

    /// The uploads after `after`, a page of them: for maintenance, not for requests.
    async fn list(&self, after: Option<&UploadName>) -> Result<UploadListing, BlobError>;
}
