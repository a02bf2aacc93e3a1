//! What features need to keep and show pictures.

use std::fmt;
use std::sync::Arc;

use selfsame_blobs::{Blobs, Uploads};
use selfsame_platform::Platform;

use crate::blob_gc::Ledger;
use crate::pictures::{PictureSettings, Pictures};
use crate::rasterizer::Pixels;

/// Where pictures are kept, and what makes them.
pub struct Media {
    /// What is beneath.
    pub platform: Arc<Platform>,
    /// Where pictures are kept.
    pub blobs: Arc<dyn Blobs>,
    /// Where clients upload to.
    pub uploads: Arc<dyn Uploads>,
    /// Keeps blobs and records in step.
    pub blob_gc: Ledger,
    /// Makes what is shown out of what is uploaded.
    pub pictures: Pictures,
    /// Turns drawings into pixels, a few at a time.
    pub rasterizer: Pixels,
    /// Which pictures are taken.
    pub settings: PictureSettings,
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Media")
    }
}

impl Media {
    /// Pictures in `blobs`, which clients upload to `uploads`.
    #[must_use]
    pub fn new(
        platform: &Arc<Platform>,
        blobs: Arc<dyn Blobs>,
        uploads: Arc<dyn Uploads>,
        settings: PictureSettings,
    ) -> Self {
        Self {
            platform: Arc::clone(platform),
            blob_gc: Ledger::new(platform, &blobs),
            blobs,
            uploads,
            pictures: Pictures::new(&settings),
            rasterizer: Pixels::default(),
            settings,
        }
    }
}
