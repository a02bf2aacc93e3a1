//! What every place of blobs and uploads has to do, and what some do besides.

mod conformance;
mod files;
#[cfg(feature = "aws")]
mod s3;
