//! The suite on both places that this crate brings.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::sync::Arc;

use async_trait::async_trait;
use selfsame_blobs::conformance::{Durable, Harness};
use selfsame_blobs::{Blobs, FileBlobs, MemoryBlobs};
use tempfile::TempDir;

struct Memory(Arc<MemoryBlobs>);

#[async_trait]
impl Harness for Memory {
    async fn create() -> Self {
        Self(Arc::default())
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.0) as _
    }
}

struct Files {
    directory: TempDir,
    blobs: FileBlobs,
}

#[async_trait]
impl Harness for Files {
    async fn create() -> Self {
        let directory = TempDir::new().unwrap();
        let blobs = FileBlobs::open(directory.path().join("blobs")).await.unwrap();
        Self { directory, blobs }
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::new(self.blobs.clone())
    }
}

#[async_trait]
impl Durable for Files {
    async fn reopen(self) -> Self {
        let Self { directory, blobs } = self;
        drop(blobs);
        let blobs = FileBlobs::open(directory.path().join("blobs")).await.unwrap();
        Self { directory, blobs }
    }
}

selfsame_blobs::conformance!(memory, Memory);
selfsame_blobs::conformance!(files, Files, durable);
