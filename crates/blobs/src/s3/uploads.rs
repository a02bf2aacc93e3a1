//! Uploads to a bucket, and the requests that both ports share.

use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectOutput};
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::Object;
use bytes::Bytes;
use selfsame_primitives::Timestamp;

use super::{S3, bytes, failed, is_absent, unquoted};
use crate::blob::PAGE;
use crate::upload_form::{Form, PostPolicy, Refusal};
use crate::{
    BlobError, Body, ReceiveError, Upload, UploadInstructions, UploadListing, UploadName, Uploads,
};

#[async_trait]
impl Uploads for S3 {
    fn url(&self) -> String {
        self.form_url()
    }

    async fn form(
        &self,
        name: &UploadName,
        length: RangeInclusive<u64>,
        life: Duration,
        now: Timestamp,
    ) -> Result<UploadInstructions, BlobError> {
        let key = self.signing_key().await?;
        let expires_at = now.plus(life);
        let (bucket, content_type) = (self.settings.media.as_str(), name.media_type().mime());
        let policy = PostPolicy { bucket, key: name.as_str(), content_type, length, expires_at };
        Ok(UploadInstructions {
            url: self.form_url(),
            method: "POST",
            fields: policy.sign(&key, now),
            expires_at,
        })
    }

    async fn receive(
        &self,
        _form: &Form,
        _file: Body<'_>,
        _now: Timestamp,
    ) -> Result<(UploadName, Upload), ReceiveError> {
        Err(Refusal::not_here().into())
    }

    async fn head(&self, name: &UploadName) -> Result<Option<Upload>, BlobError> {
        let found = self.look(&self.settings.media, name.as_str()).await?;
        Ok(found.map(|found| Upload {
            size: bytes(found.content_length()),
            etag: unquoted(found.e_tag()),
            modified: time(found.last_modified()),
        }))
    }

    async fn get(
        &self,
        name: &UploadName,
        most: u64,
    ) -> Result<Option<(Upload, Bytes)>, BlobError> {
        let output = match self
            .client
            .get_object()
            .bucket(&self.settings.media)
            .key(name.as_str())
            .send()
            .await
        {
            Ok(output) => output,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let size = bytes(output.content_length());
        if size > most {
            return Err(BlobError::TooLarge { size });
        }
        let upload =
            Upload { size, etag: unquoted(output.e_tag()), modified: time(output.last_modified()) };
        let content = output.body.collect().await.map_err(failed)?.into_bytes();
        Ok(Some((upload, content)))
    }

    async fn delete(&self, name: &UploadName) -> Result<(), BlobError> {
        self.remove(&self.settings.media, name.as_str()).await
    }

    async fn list(&self, after: Option<&UploadName>) -> Result<UploadListing, BlobError> {
        let after = after.map(UploadName::as_str);
        let page = self.page(&self.settings.media, UploadName::FOLDER, after).await?;
        let more = page.is_truncated().unwrap_or(false);
        Ok(UploadListing { uploads: page.contents().iter().filter_map(listed).collect(), more })
    }
}

impl S3 {
    /// What is known of an object without reading it.
    pub(super) async fn look(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<HeadObjectOutput>, BlobError> {
        match self.client.head_object().bucket(bucket).key(key).send().await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) async fn remove(&self, bucket: &str, key: &str) -> Result<(), BlobError> {
        self.client.delete_object().bucket(bucket).key(key).send().await.map_err(failed)?;
        Ok(())
    }

    /// A page of objects, in the order of the bytes of their keys.
    pub(super) async fn page(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<ListObjectsV2Output, BlobError> {
        let list = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let list = list.max_keys(i32::try_from(PAGE).unwrap_or(i32::MAX));
        list.set_start_after(after.map(str::to_owned)).send().await.map_err(failed)
    }
}

fn listed(object: &Object) -> Option<(UploadName, Timestamp)> {
    Some((UploadName::parse(object.key()?).ok()?, time(object.last_modified())))
}

/// In whole seconds, which is the precision of the headers.
fn time(time: Option<&DateTime>) -> Timestamp {
    Timestamp::from_millis(time.map_or(0, |time| time.secs().saturating_mul(1000)))
}
