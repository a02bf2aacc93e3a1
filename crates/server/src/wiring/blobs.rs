//! Where pictures are kept.

use std::sync::Arc;

use selfsame_blobs::{BlobError, Blobs, FileBlobs};

use crate::settings::Settings;

/// The folder of pictures in the data folder.
pub const BLOBS_FOLDER: &str = "blobs";

/// Opens it. Only one process may: what another one is just writing would be taken for the rest of a crash.
pub async fn connect(settings: &Settings) -> Result<Arc<dyn Blobs>, BlobError> {
    Ok(Arc::new(FileBlobs::open(settings.data.join(BLOBS_FOLDER)).await?))
}
