//! What avatars and galleries share: the pool that makes pictures, the names they are kept under,
//! and the way they are given out.

mod names;
mod pipeline;
mod pool;
pub(crate) mod problem;
pub(crate) mod serve;
mod settings;

pub(crate) use names::{Copies, Places, blobs_of, copy};
pub use pipeline::{Format, Pictures, Taken};
pub(crate) use pipeline::{Refused, Upload};
pub use settings::PictureSettings;
