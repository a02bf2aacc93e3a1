//! Where pictures are kept.

use std::fmt;
use std::sync::Arc;

use selfsame_blobs::{BlobError, Blobs, Desk, FileBlobs, FileUploads, Uploads};

use crate::settings::Settings;

/// The folder of pictures in the data folder.
pub const BLOBS_FOLDER: &str = "blobs";

/// Where pictures are kept, and where clients upload to.
pub struct PicturePlaces {
    /// What is shown.
    pub blobs: Arc<dyn Blobs>,
    /// What nobody has looked at yet.
    pub uploads: Arc<dyn Uploads>,
}

impl fmt::Debug for PicturePlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PicturePlaces")
    }
}

/// Opens it, with uploads behind `desk`. Only one process may: what another one is just writing would be taken for the rest of a crash.
pub async fn connect(settings: &Settings, desk: Desk) -> Result<PicturePlaces, BlobError> {
    let files = FileBlobs::open(settings.data.join(BLOBS_FOLDER)).await?;
    Ok(PicturePlaces { uploads: Arc::new(FileUploads::new(&files, desk)), blobs: Arc::new(files) })
}
