//! The pool that makes pictures, and what it takes.

mod pipeline;
pub mod problem;
mod settings;

pub use pipeline::{AcceptedFiles, Format, PictureProcessor};
pub use pipeline::{IncomingFile, PictureError};
pub use settings::PictureSettings;
