//! The blob and upload stores.

use std::fmt;
use std::sync::Arc;

use selfsame_blobs::{BlobError, Blobs, FileBlobs, FileUploads, UploadFormSigner, Uploads};

use crate::settings::Settings;

/// The folder of pictures in the data folder.
pub const BLOBS_FOLDER: &str = "blobs";

/// The blob and upload stores.
pub struct PictureStores {
    /// Pictures that are served.
    pub blobs: Arc<dyn Blobs>,
    /// Uploads that are not processed yet.
    pub uploads: Arc<dyn Uploads>,
}

impl fmt::Debug for PictureStores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PictureStores")
    }
}

/// Opens the stores that the settings name.
pub async fn connect(
    settings: &Settings,
    upload_form_signer: UploadFormSigner,
) -> Result<PictureStores, BlobError> {
    match &settings.avatars_bucket {
        Some(avatars) => in_buckets(settings, avatars).await,
        None => in_files(settings, upload_form_signer).await,
    }
}

/// In the data folder, with uploads behind `upload_form_signer`. Only one process may open it:
/// files that another one is writing would be taken for the remains of a crash.
async fn in_files(
    settings: &Settings,
    upload_form_signer: UploadFormSigner,
) -> Result<PictureStores, BlobError> {
    let files = FileBlobs::open(settings.data.join(BLOBS_FOLDER)).await?;
    Ok(PictureStores {
        uploads: Arc::new(FileUploads::new(&files, upload_form_signer)),
        blobs: Arc::new(files),
    })
}

#[cfg(feature = "aws")]
async fn in_buckets(settings: &Settings, avatars: &str) -> Result<PictureStores, BlobError> {
    let s3 = selfsame_blobs::S3Settings {
        region: settings.aws_region.clone(),
        endpoint: settings.s3_endpoint.as_ref().map(|endpoint| endpoint.as_str().to_owned()),
        avatars: avatars.to_owned(),
        media: settings.media_bucket.clone(),
    };
    // Boxed, since the state of the SDK would be part of the future of the whole service.
    let (blobs, uploads) = Box::pin(selfsame_blobs::connect_s3(s3)).await?;
    Ok(PictureStores { blobs, uploads })
}

/// The rules of the settings refuse buckets in this program.
#[cfg(not(feature = "aws"))]
#[expect(clippy::unused_async, reason = "the other one waits")]
async fn in_buckets(_: &Settings, avatars: &str) -> Result<PictureStores, BlobError> {
    Err(BlobError::Unavailable(format!(
        "no bucket \"{avatars}\": this program was built without Amazon S3"
    )))
}
