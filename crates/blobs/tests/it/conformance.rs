//! The suite on both stores of this crate.
#![expect(clippy::unwrap_used, reason = "a test that can't go on panics")]

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use selfsame_blobs::conformance::embedded::hand_in;
use selfsame_blobs::conformance::uploads::UploadHarness;
use selfsame_blobs::conformance::{Durable, Harness};
use selfsame_blobs::upload_form::SigningKey;
use selfsame_blobs::{
    Blobs, FileBlobs, FileUploads, MemoryBlobs, MemoryUploads, UploadFormSigner,
    UploadInstructions, Uploads,
};
use selfsame_primitives::{Secret, Timestamp};
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

fn upload_form_signer() -> UploadFormSigner {
    UploadFormSigner::new(
        "https://example.com/uploads",
        "media",
        SigningKey::new("own", Secret::new("secret"), "local"),
    )
}

const NOW: Timestamp = Timestamp::from_millis(1_769_851_800_007);

struct MemoryDesk(Arc<MemoryUploads>);

#[async_trait]
impl UploadHarness for MemoryDesk {
    async fn create() -> Self {
        Self(Arc::new(MemoryUploads::new(upload_form_signer())))
    }

    fn uploads(&self) -> Arc<dyn Uploads> {
        Arc::clone(&self.0) as _
    }

    fn now(&self) -> Timestamp {
        NOW
    }

    async fn send(&self, direct: &UploadInstructions, parts: Vec<Bytes>) -> (u16, String) {
        hand_in(&*self.0, direct, parts, NOW).await
    }
}

struct FileDesk {
    directory: TempDir,
    uploads: FileUploads,
}

#[async_trait]
impl UploadHarness for FileDesk {
    async fn create() -> Self {
        let directory = TempDir::new().unwrap();
        let files = FileBlobs::open(directory.path()).await.unwrap();
        Self { directory, uploads: FileUploads::new(&files, upload_form_signer()) }
    }

    fn uploads(&self) -> Arc<dyn Uploads> {
        Arc::new(self.uploads.clone())
    }

    fn now(&self) -> Timestamp {
        NOW
    }

    async fn send(&self, direct: &UploadInstructions, parts: Vec<Bytes>) -> (u16, String) {
        let answer = hand_in(&self.uploads, direct, parts, NOW).await;
        let left = std::fs::read_dir(self.directory.path().join(".new")).unwrap().count();
        assert_eq!(left, 0, "a file was left half-written");
        answer
    }
}

selfsame_blobs::conformance!(memory_uploads, MemoryDesk, uploads);
selfsame_blobs::conformance!(memory_desk, MemoryDesk, embedded);
selfsame_blobs::conformance!(file_uploads, FileDesk, uploads);
selfsame_blobs::conformance!(file_desk, FileDesk, embedded);
selfsame_blobs::conformance!(memory, Memory);
selfsame_blobs::conformance!(files, Files, durable);
