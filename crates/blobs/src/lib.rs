//! The port to every place that keeps files, and the suite that every such place passes.
//!
//! A blob is written once under a name that nobody can guess, read by whoever was told the name,
//! and deleted. Whether it is still needed is not decided here: records say so, and the ledger of
//! the application keeps both in step.
//!
//! What people upload comes in beside them, straight from their clients: [`Uploads`], by the forms
//! of [`post`].

mod blob;
#[cfg(feature = "conformance")]
pub mod conformance;
mod file;
mod memory;
mod name;
mod range;
#[cfg(feature = "aws")]
mod s3;
pub mod upload_form;
mod uploads;

pub use blob::{Blob, BlobError, Blobs, Listing};
pub use file::{FileBlobs, FileUploads};
pub use memory::{Call, Fault, MemoryBlobs};
pub use name::{BlobName, InvalidName, MediaType};
pub use range::ByteRange;
#[cfg(feature = "aws")]
pub use s3::{S3Settings, connect_s3};
pub use uploads::{
    Body, MemoryUploads, ReceiveError, Upload, UploadFormSigner, UploadInstructions, UploadListing,
    UploadName, Uploads,
};
