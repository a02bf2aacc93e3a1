//! Uploads in memory, for tests and for trying things out.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Bound, RangeInclusive};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use data_encoding::HEXLOWER;
use futures_util::StreamExt as _;
use md5::{Digest as _, Md5};
use selfsame_primitives::Timestamp;

use super::{
    Body, ReceiveError, Upload, UploadFormSigner, UploadInstructions, UploadListing, UploadName,
    Uploads,
};
use crate::BlobError;
use crate::blob::PAGE;
use crate::memory::{Call, Fault, Faults};
use crate::upload_form::Form;

/// Uploads in memory. Nothing outlives it; everything else is as the port promises, but for
/// injected faults.
pub struct MemoryUploads {
    upload_form_signer: UploadFormSigner,
    uploads: Mutex<BTreeMap<UploadName, (Upload, Bytes)>>,
    faults: Faults,
}

impl fmt::Debug for MemoryUploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryUploads({})", self.uploads().len())
    }
}

impl MemoryUploads {
    /// An empty store with forms by `upload_form_signer`.
    #[must_use]
    pub fn new(upload_form_signer: UploadFormSigner) -> Self {
        Self { upload_form_signer, uploads: Mutex::default(), faults: Faults::default() }
    }

    /// The same store, where `decide` determines for each call whether and how it fails.
    #[must_use]
    pub fn with_faults(
        mut self,
        decide: impl Fn(Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        self.faults = Faults::new(decide);
        self
    }

    /// All names, in order, whatever faults there are.
    #[must_use]
    pub fn names(&self) -> Vec<UploadName> {
        self.uploads().keys().cloned().collect()
    }

    fn uploads(&self) -> MutexGuard<'_, BTreeMap<UploadName, (Upload, Bytes)>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &UploadName) -> Option<(Upload, Bytes)> {
        self.uploads().get(name).cloned()
    }

    fn names_behind(&self, after: Option<&UploadName>) -> UploadListing {
        let low = after.map_or(Bound::Unbounded, Bound::Excluded);
        let uploads = self.uploads();
        let behind = uploads.range::<UploadName, _>((low, Bound::Unbounded));
        let mut uploads: Vec<_> = behind
            .take(PAGE + 1)
            .map(|(name, (upload, _))| (name.clone(), upload.modified))
            .collect();
        let more = uploads.len() > PAGE;
        uploads.truncate(PAGE);
        UploadListing { uploads, more }
    }
}

#[async_trait]
impl Uploads for MemoryUploads {
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
        mut file: Body<'_>,
        now: Timestamp,
    ) -> Result<(UploadName, Upload), ReceiveError> {
        let (name, accepted) = self.upload_form_signer.check(form, now)?;
        let mut bytes = BytesMut::new();
        while let Some(part) = file.next().await {
            bytes.extend_from_slice(&part?);
            accepted.check_so_far(bytes.len() as u64)?;
        }
        accepted.check_size(bytes.len() as u64)?;
        let etag = HEXLOWER.encode(&Md5::digest(&bytes));
        let upload = Upload { size: bytes.len() as u64, etag, modified: now };
        self.faults.call(Call::Receive, || {
            self.uploads().insert(name.clone(), (upload.clone(), bytes.freeze()));
            Ok(())
        })?;
        Ok((name, upload))
    }

    async fn head(&self, name: &UploadName) -> Result<Option<Upload>, BlobError> {
        self.faults.call(Call::Head, || Ok(self.find(name).map(|(upload, _)| upload)))
    }

    async fn get(
        &self,
        name: &UploadName,
        most: u64,
    ) -> Result<Option<(Upload, Bytes)>, BlobError> {
        self.faults.call(Call::Get, || match self.find(name) {
            Some((Upload { size, .. }, _)) if size > most => Err(BlobError::TooLarge { size }),
            found => Ok(found),
        })
    }

    async fn delete(&self, name: &UploadName) -> Result<(), BlobError> {
        self.faults.call(Call::Delete, || {
            self.uploads().remove(name);
            Ok(())
        })
    }

    async fn list(&self, after: Option<&UploadName>) -> Result<UploadListing, BlobError> {
        self.faults.call(Call::List, || Ok(self.names_behind(after)))
    }
}
