//! The pool that makes pictures, and what it takes.

mod pipeline;
pub mod problem;
mod settings;

pub use pipeline::{Format, Pictures, Taken};
pub use pipeline::{Refused, Upload};
pub use settings::PictureSettings;
