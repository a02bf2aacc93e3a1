//! Uploads in a directory, for a single node.
//!
//! They lie flat in `{root}/.uploads/` beside the blobs: there are only as many as uploads under
//! way. The parts of a file are written as they arrive, and no thread waits for a slow client.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use data_encoding::HEXLOWER;
use futures_util::StreamExt as _;
use md5::{Digest as _, Md5};
use selfsame_primitives::Timestamp;

use super::temp_file::TempFile;
use super::uploads::modified;
use super::{FileBlobs, failed};
use crate::upload_form::{Accepted, Form};
use crate::{
    BlobError, Body, ReceiveError, Upload, UploadFormSigner, UploadInstructions, UploadListing,
    UploadName, Uploads,
};

/// So many bytes are collected before they are written.
const PART: usize = 256 * 1024;

/// Uploads in the directory of [`FileBlobs`].
#[derive(Clone, Debug)]
pub struct FileUploads {
    files: FileBlobs,
    upload_form_signer: Arc<UploadFormSigner>,
}

impl FileUploads {
    /// Uploads beside `files`, with forms by `upload_form_signer`.
    #[must_use]
    pub fn new(files: &FileBlobs, upload_form_signer: UploadFormSigner) -> Self {
        Self { files: files.clone(), upload_form_signer: Arc::new(upload_form_signer) }
    }

    /// Writes `file` under another path, so that no reader sees a part of it; an incomplete file is
    /// removed.
    async fn write_temp(
        &self,
        mut file: Body<'_>,
        accepted: &Accepted,
    ) -> Result<IncomingUpload, ReceiveError> {
        let mut arriving = self
            .files
            .on_disk(|disk| Ok(IncomingUpload::new(disk.create_temp().map_err(failed)?)))
            .await?;
        let mut part = BytesMut::new();
        let mut size = 0_u64;
        while let Some(bytes) = file.next().await {
            let bytes = bytes?;
            size = size.saturating_add(bytes.len() as u64);
            accepted.check_so_far(size)?;
            part.extend_from_slice(&bytes);
            if part.len() >= PART {
                arriving = self.write(arriving, part.split().freeze()).await?;
            }
        }
        accepted.check_size(size)?;
        Ok(self.write(arriving, part.freeze()).await?)
    }

    async fn write(
        &self,
        mut arriving: IncomingUpload,
        part: Bytes,
    ) -> Result<IncomingUpload, BlobError> {
        let work = move || arriving.write(&part).map(|()| arriving).map_err(failed);
        self.files.on_disk(move |_| work()).await
    }
}

/// A file that is being written, and what is known of it so far.
struct IncomingUpload {
    temp_file: TempFile,
    sum: Md5,
    size: u64,
}

impl IncomingUpload {
    fn new(temp_file: TempFile) -> Self {
        Self { temp_file, sum: Md5::new(), size: 0 }
    }

    fn write(&mut self, part: &[u8]) -> io::Result<()> {
        self.sum.update(part);
        self.size += part.len() as u64;
        self.temp_file.file().write_all(part)
    }
}

/// Reads `file` for its sum, a part at a time.
#[expect(clippy::needless_pass_by_value, reason = "this is the shape that map takes")]
fn head(file: File) -> Result<Upload, BlobError> {
    let modified = file.metadata().and_then(|meta| modified(&meta)).map_err(failed)?;
    let (mut sum, mut size) = (Md5::new(), 0);
    let mut part = Vec::with_capacity(PART);
    loop {
        part.clear();
        let read = (&file).take(PART as u64).read_to_end(&mut part).map_err(failed)?;
        if read == 0 {
            return Ok(Upload { size, etag: HEXLOWER.encode(&sum.finalize()), modified });
        }
        sum.update(&part);
        size += read as u64;
    }
}

fn get(mut file: File, most: u64) -> Result<(Upload, Bytes), BlobError> {
    let meta = file.metadata().map_err(failed)?;
    let (size, modified) = (meta.len(), modified(&meta).map_err(failed)?);
    if size > most {
        return Err(BlobError::TooLarge { size });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok((Upload { size, etag: HEXLOWER.encode(&Md5::digest(&bytes)), modified }, bytes.into()))
}

#[async_trait]
impl Uploads for FileUploads {
    fn url(&self) -> String {
        self.upload_form_signer.url()
    }

    async fn form(
        &self,
        name: &UploadName,
        length: RangeInclusive<u64>,
        life: Duration,
        now: Timestamp,
    ) -> Result<UploadInstructions, BlobError> {
        Ok(self.upload_form_signer.form(name, length, life, now))
    }

    async fn receive(
        &self,
        form: &Form,
        file: Body<'_>,
        now: Timestamp,
    ) -> Result<(UploadName, Upload), ReceiveError> {
        let (name, accepted) = self.upload_form_signer.check(form, now)?;
        let IncomingUpload { temp_file, sum, size } = self.write_temp(file, &accepted).await?;
        let upload_name = name.clone();
        self.files
            .on_disk(move |disk| disk.keep_upload(temp_file, &upload_name, now).map_err(failed))
            .await?;
        Ok((name, Upload { size, etag: HEXLOWER.encode(&sum.finalize()), modified: now }))
    }

    /// Reads the whole file for its MD5 sum, at some 600 MB a second, once for each upload. A
    /// second file with the sum could contradict it.
    async fn head(&self, name: &UploadName) -> Result<Option<Upload>, BlobError> {
        let name = name.clone();
        self.files
            .on_disk(move |disk| disk.upload(&name).map_err(failed)?.map(head).transpose())
            .await
    }

    async fn get(
        &self,
        name: &UploadName,
        most: u64,
    ) -> Result<Option<(Upload, Bytes)>, BlobError> {
        let name = name.clone();
        self.files
            .on_disk(move |disk| {
                disk.upload(&name).map_err(failed)?.map(|found| get(found, most)).transpose()
            })
            .await
    }

    async fn delete(&self, name: &UploadName) -> Result<(), BlobError> {
        let name = name.clone();
        self.files.on_disk(move |disk| disk.delete_upload(&name).map_err(failed)).await
    }

    async fn list(&self, after: Option<&UploadName>) -> Result<UploadListing, BlobError> {
        let after = after.cloned();
        self.files.on_disk(move |disk| disk.uploads_behind(after.as_ref()).map_err(failed)).await
    }
}
