//! Guarantees of every store for blobs and uploads, and of some.

mod conformance;
mod files;
#[cfg(feature = "aws")]
mod s3;
