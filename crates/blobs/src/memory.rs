//! Blobs in memory, for tests and for trying things out.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::blob::PAGE;
use crate::name::is_folder;
use crate::{Blob, BlobError, BlobName, Blobs, ByteRange, InvalidName, Listing};

/// A call of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    /// [`Blobs::put`]
    Put,
    /// [`Blobs::get`], and that of uploads
    Get,
    /// [`Blobs::delete`], and that of uploads
    Delete,
    /// [`Blobs::list`], and that of uploads
    List,
    /// [`Uploads::receive`](crate::Uploads::receive)
    Receive,
    /// [`Uploads::head`](crate::Uploads::head)
    Head,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It fails and nothing happens.
    Before,
    /// It happens, but is answered as failed.
    After,
}

type Decide = Arc<dyn Fn(Call) -> Option<Fault> + Send + Sync>;

/// The faults to inject.
#[derive(Clone, Default)]
pub(crate) struct Faults(Option<Decide>);

impl Faults {
    pub(crate) fn new(decide: impl Fn(Call) -> Option<Fault> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(decide)))
    }

    /// Makes a call, or fails instead or afterwards.
    pub(crate) fn call<T>(
        &self,
        call: Call,
        act: impl FnOnce() -> Result<T, BlobError>,
    ) -> Result<T, BlobError> {
        let failed = || Err(BlobError::Unavailable(format!("{call:?} was made to fail")));
        match self.0.as_ref().and_then(|decide| decide(call)) {
            None => act(),
            Some(Fault::Before) => failed(),
            Some(Fault::After) => act().and_then(|_| failed()),
        }
    }
}

/// Blobs in memory. Nothing outlives it; everything else is as the port promises, but for injected
/// faults.
#[derive(Default)]
pub struct MemoryBlobs {
    blobs: Mutex<BTreeMap<BlobName, (Bytes, u64)>>,
    faults: Faults,
}

impl fmt::Debug for MemoryBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryBlobs({})", self.blobs().len())
    }
}

impl MemoryBlobs {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
    pub fn names(&self) -> Vec<BlobName> {
        self.blobs().keys().cloned().collect()
    }

    fn blobs(&self) -> MutexGuard<'_, BTreeMap<BlobName, (Bytes, u64)>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, name: &BlobName, bytes: Bytes) {
        let mut blobs = self.blobs();
        let version = blobs.get(name).map_or(0, |(_, version)| version + 1);
        blobs.insert(name.clone(), (bytes, version));
    }

    fn find(&self, name: &BlobName, range: Option<ByteRange>) -> Result<Option<Blob>, BlobError> {
        let Some((whole, version)) = self.blobs().get(name).cloned() else { return Ok(None) };
        let size = whole.len() as u64;
        let part = match range {
            Some(range) => range.resolve(size).ok_or(BlobError::Range { size })?,
            None => 0..size,
        };
        let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = whole.slice(index(part.start)..index(part.end));
        Ok(Some(Blob { bytes, start: part.start, size, etag: format!("{version}-{size}") }))
    }

    fn names_after(&self, folder: &str, after: Option<&BlobName>) -> Listing {
        let blobs = self.blobs();
        let low = after.map_or(Bound::Unbounded, Bound::Excluded);
        let within = blobs.range::<BlobName, _>((low, Bound::Unbounded)).map(|(name, _)| name);
        let mut names: Vec<_> =
            within.filter(|name| name.folder() == folder).take(PAGE + 1).cloned().collect();
        let more = names.len() > PAGE;
        names.truncate(PAGE);
        Listing { names, more }
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, name: &BlobName, bytes: Bytes) -> Result<(), BlobError> {
        self.faults.call(Call::Put, || {
            self.keep(name, bytes);
            Ok(())
        })
    }

    async fn get(
        &self,
        name: &BlobName,
        range: Option<ByteRange>,
    ) -> Result<Option<Blob>, BlobError> {
        self.faults.call(Call::Get, || self.find(name, range))
    }

    async fn delete(&self, name: &BlobName) -> Result<(), BlobError> {
        self.faults.call(Call::Delete, || {
            self.blobs().remove(name);
            Ok(())
        })
    }

    async fn list(&self, folder: &str, after: Option<&BlobName>) -> Result<Listing, BlobError> {
        if !is_folder(folder) {
            return Err(InvalidName.into());
        }
        self.faults.call(Call::List, || Ok(self.names_after(folder, after)))
    }
}
