//! The port for blobs.

use async_trait::async_trait;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;

use super::{S3, bytes, failed, is_absent, status, unquoted};
use crate::name::is_folder;
use crate::{Blob, BlobError, BlobName, Blobs, ByteRange, InvalidName, Listing};

/// Names are never used twice, so a cached blob never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

#[async_trait]
impl Blobs for S3 {
    async fn put(&self, name: &BlobName, bytes: Bytes) -> Result<(), BlobError> {
        let put = self.client.put_object().bucket(self.bucket(name.folder())).key(name.as_str());
        let put = put.content_type(name.media_type().mime()).cache_control(FOREVER);
        put.body(bytes.into()).send().await.map_err(failed)?;
        Ok(())
    }

    async fn get(
        &self,
        name: &BlobName,
        range: Option<ByteRange>,
    ) -> Result<Option<Blob>, BlobError> {
        // Services differ over the last bytes of something shorter, and over the last none.
        let range = match range {
            Some(ByteRange::Last(_)) => self.resolve(name, range).await?,
            range => range,
        };
        let get = self.client.get_object().bucket(self.bucket(name.folder())).key(name.as_str());
        match get.set_range(range.map(field)).send().await {
            Ok(output) => blob(output).await.map(Some),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) if status(&error) == Some(416) => self.no_such_range(name).await,
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, name: &BlobName) -> Result<(), BlobError> {
        self.remove(self.bucket(name.folder()), name.as_str()).await
    }

    async fn list(&self, folder: &str, after: Option<&BlobName>) -> Result<Listing, BlobError> {
        if !is_folder(folder) {
            return Err(InvalidName.into());
        }
        let prefix = format!("{folder}/");
        let page = self.page(self.bucket(folder), &prefix, after.map(BlobName::as_str)).await?;
        let more = page.is_truncated().unwrap_or(false);
        let keys = page.contents().iter().filter_map(|object| object.key());
        Ok(Listing { names: keys.filter_map(|key| BlobName::parse(key).ok()).collect(), more })
    }
}

impl S3 {
    /// The same range, relative to the start. `None` where there is no blob; the read will show
    /// that.
    async fn resolve(
        &self,
        name: &BlobName,
        range: Option<ByteRange>,
    ) -> Result<Option<ByteRange>, BlobError> {
        let Some(found) = self.look(self.bucket(name.folder()), name.as_str()).await? else {
            return Ok(None);
        };
        let size = bytes(found.content_length());
        let part = range.and_then(|range| range.resolve(size)).ok_or(BlobError::Range { size })?;
        Ok(Some(ByteRange::Between(part.start, part.end.saturating_sub(1))))
    }

    async fn no_such_range(&self, name: &BlobName) -> Result<Option<Blob>, BlobError> {
        match self.look(self.bucket(name.folder()), name.as_str()).await? {
            Some(found) => Err(BlobError::Range { size: bytes(found.content_length()) }),
            None => Ok(None),
        }
    }
}

async fn blob(output: GetObjectOutput) -> Result<Blob, BlobError> {
    let etag = unquoted(output.e_tag());
    let part = output.content_range().and_then(place);
    let bytes = output.body.collect().await.map_err(failed)?.into_bytes();
    let (start, size) = part.unwrap_or((0, bytes.len() as u64));
    Ok(Blob { bytes, start, size, etag })
}

/// The start and the whole size in `bytes 2-4/10`.
fn place(field: &str) -> Option<(u64, u64)> {
    let (range, size) = field.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, size.parse().ok()?))
}

/// As the field `Range` has it (RFC 9110 §14.2).
fn field(range: ByteRange) -> String {
    match range {
        ByteRange::From(start) => format!("bytes={start}-"),
        ByteRange::Between(start, last) => format!("bytes={start}-{last}"),
        ByteRange::Last(length) => format!("bytes=-{length}"),
    }
}
