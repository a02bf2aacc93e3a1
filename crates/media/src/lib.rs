//! Processing, naming, serving and deletion of uploaded pictures.

pub mod blob_gc;
pub mod blob_names;
pub mod pictures;
pub mod rasterizer;
pub mod serving;
mod state;

pub use state::Media;
