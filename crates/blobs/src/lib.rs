//! The port of blob stores, and the conformance suite that every store passes.
//!
//! A blob is written once under a name that can't be guessed, read by clients that know the name,
//! and deleted. Whether it is still needed is not decided here: records refer to it, and the
//! garbage collector in `media` keeps both in step.
//!
//! Files that users upload straight from their clients come in through [`Uploads`], by the forms of
//! [`upload_form`].

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
