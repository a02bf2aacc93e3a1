//! What becomes of uploaded pictures: how they are processed, named, served and removed.

pub mod blob_gc;
pub mod blob_names;
pub mod pictures;
pub mod rasterizer;
pub mod serving;
mod state;

pub use state::Media;
