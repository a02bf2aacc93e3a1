//! The state of this crate.

use std::fmt;
use std::sync::Arc;

use selfsame_blobs::{Blobs, Uploads};
use selfsame_platform::Platform;

use crate::blob_gc::BlobGarbageCollector;
use crate::pictures::{PictureProcessor, PictureSettings};
use crate::rasterizer::AvatarRasterizer;

/// Storage and processing of pictures.
pub struct Media {
    /// What is beneath.
    pub platform: Arc<Platform>,
    /// The blobs of pictures.
    pub blobs: Arc<dyn Blobs>,
    /// Where clients upload to.
    pub uploads: Arc<dyn Uploads>,
    /// Keeps blobs and records in step.
    pub blob_gc: BlobGarbageCollector,
    /// Makes what is shown out of what is uploaded.
    pub pictures: PictureProcessor,
    /// Turns drawings into pixels, a few at a time.
    pub rasterizer: AvatarRasterizer,
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
            blob_gc: BlobGarbageCollector::new(platform, &blobs),
            blobs,
            uploads,
            pictures: PictureProcessor::new(&settings),
            rasterizer: AvatarRasterizer::default(),
            settings,
        }
    }
}
