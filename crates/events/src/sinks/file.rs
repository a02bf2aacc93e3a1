//! A file with one event per line, for log shippers and for looking on while developing.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Mutex;

use crate::{Event, Failure, Reactor};

/// Appends every event as one line of JSON, and flushes it to the disk before it counts as delivered.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    // Opened at the first event, and again after a failure.
    file: Mutex<Option<File>>,
}

impl FileSink {
    /// A sink that appends to `path`, which is made where it does not exist.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), file: Mutex::new(None) }
    }

    async fn append(&self, line: &[u8]) -> std::io::Result<()> {
        let mut slot = self.file.lock().await;
        let mut file = match slot.take() {
            Some(file) => file,
            None => OpenOptions::new().append(true).create(true).open(&self.path).await?,
        };
        file.write_all(line).await?;
        file.flush().await?;
        file.sync_data().await?;
        *slot = Some(file);
        Ok(())
    }
}

#[async_trait]
impl Reactor for FileSink {
    fn name(&self) -> &'static str {
        "file"
    }

    fn wants(&self, _: &str) -> bool {
        true
    }

    async fn react(&self, event: &Event) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(event).map_err(|error| Failure::GiveUp(error.to_string()))?;
        line.push(b'\n');
        self.append(&line).await.map_err(|error| Failure::Retry(format!("{}: {error}", self.path.display())))
    }
}
