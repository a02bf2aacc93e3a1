//! From untrusted bytes to outputs, within bounds: the only user of the picture pipeline.

use std::sync::Arc;

pub use selfsame_images::Format;
use selfsame_images::{
    Crop, Limits, Outputs, PictureError as ImageError, Recipe, inspect, memory_estimate, process,
};
use selfsame_platform::{PoolError, PoolLimits, WorkerPool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::PictureSettings;

/// Memory of arriving files is counted in units of so many bytes.
const UNIT: usize = 4096;

/// Which files are taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcceptedFiles {
    /// The largest, in bytes.
    pub max_bytes: usize,
    /// Their types, detected by content.
    pub formats: Vec<Format>,
}

/// Why there are no outputs.
#[derive(Clone, PartialEq, Debug)]
pub enum PictureError {
    /// The picture is at fault.
    Picture(ImageError),
    /// It is of a type that is not taken here.
    Type(Format),
    /// The pool is.
    Pool(PoolError),
}

/// A file that has arrived, with its share of the memory for such.
#[derive(Debug, Default)]
pub struct IncomingFile {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl IncomingFile {
    /// Adds a piece that has arrived; fails where there is no room for it.
    pub fn push(&mut self, pictures: &PictureProcessor, piece: &[u8]) -> Result<(), PoolError> {
        let (held, needed) =
            (self.bytes.len().div_ceil(UNIT), (self.bytes.len() + piece.len()).div_ceil(UNIT));
        let more = u32::try_from(needed - held).unwrap_or(u32::MAX);
        let more = Arc::clone(&pictures.arriving)
            .try_acquire_many_owned(more)
            .map_err(|_| PoolError::Full)?;
        match &mut self.room {
            Some(room) => room.merge(more),
            none => *none = Some(more),
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// What has arrived.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes so far.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// Makes outputs of pictures, so many at a time.
#[derive(Debug)]
pub struct PictureProcessor {
    pool: WorkerPool,
    arriving: Arc<Semaphore>,
    later: Semaphore,
    thumbnail: Option<u32>,
}

impl PictureProcessor {
    /// A pool by `settings`.
    #[must_use]
    pub fn new(settings: &PictureSettings) -> Self {
        let arriving = usize::try_from(settings.arriving).unwrap_or(usize::MAX) / UNIT;
        let limits = PoolLimits {
            workers: settings.threads,
            queued: settings.waiting,
            memory_bytes: settings.memory,
            low_priority: false,
        };
        Self {
            pool: WorkerPool::new("pictures", limits),
            later: Semaphore::new(settings.threads.max(1)),
            arriving: Arc::new(Semaphore::new(arriving.min(Semaphore::MAX_PERMITS))),
            thumbnail: settings.thumbnail,
        }
    }

    /// Makes the outputs of `bytes` in the background: so many at a time that uploads which a
    /// client waits for find room all the same.
    pub async fn process_in_background(
        &self,
        bytes: &[u8],
        taken: &AcceptedFiles,
        crop: Option<Crop>,
    ) -> Result<Outputs, PictureError> {
        let _turn = self.later.acquire().await.map_err(|_| PictureError::Pool(PoolError::Lost))?;
        let mut upload = IncomingFile::default();
        upload.push(self, bytes).map_err(PictureError::Pool)?;
        self.process(upload, taken, crop).await
    }

    /// Makes the outputs of `upload`, if `taken` accepts it.
    pub async fn process(
        &self,
        upload: IncomingFile,
        taken: &AcceptedFiles,
        crop: Option<Crop>,
    ) -> Result<Outputs, PictureError> {
        let limits = Limits { bytes: taken.max_bytes, ..Limits::default() };
        let allowed = taken.formats.clone();
        let recipe = Recipe { thumbnail: self.thumbnail, crop, ..Recipe::default() };
        let prepare = move || {
            let header = inspect(&upload.bytes, &limits).map_err(PictureError::Picture)?;
            if !allowed.contains(&header.format) {
                return Err(PictureError::Type(header.format));
            }
            let work =
                move || process(&upload.bytes, &limits, &recipe).map_err(PictureError::Picture);
            Ok((memory_estimate(&header), work))
        };
        self.pool.run_within_memory(prepare).await.map_err(PictureError::Pool)?
    }
}
