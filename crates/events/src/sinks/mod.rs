//! Where events go outside the process, one file each.

mod file;

pub use file::FileSink;
