//! A file with one event per line, for log shippers and for looking on while developing.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Error, Result, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError};
use tokio::sync::Mutex;

/// How every line begins, as [`Event`] is written.
const LINE_BEGINS: &[u8] = b"{\"eventId\":\"";
/// What others than owner and group may do with a file.
const OTHERS: u32 = 0o007;

/// Appends every event as one line of JSON, and flushes it to the disk before it counts as
/// delivered.
///
/// Readers find whole lines only: what a crash or a full disk left of a line is cut off before the
/// next one is written. The file may be moved away at any time, as log rotation does; the next line
/// begins a new one.
#[derive(Debug)]
pub struct FilePublisher {
    path: Arc<Path>,
    // Opened at the first event, and again after a failure.
    file: Arc<Mutex<Option<File>>>,
}

impl FilePublisher {
    /// A publisher that appends to `path`, which is made where it does not exist, for its owner
    /// alone.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.into(), file: Arc::default() }
    }

    /// Whether the file can be written, which makes it where it does not exist.
    pub async fn check(&self) -> Result<()> {
        self.act(|slot, path| {
            *slot = Some(locked(open(path)?, |file| end_of_lines(file).map(drop))?);
            Ok(())
        })
        .await
    }

    async fn append(&self, line: Vec<u8>) -> Result<()> {
        self.act(move |slot, path| {
            let opened = slot.take().filter(|file| is_still_at(file, path));
            let file = opened.map_or_else(|| open(path), Ok)?;
            *slot = Some(locked(file, |file| write(file, &line))?);
            Ok(())
        })
        .await
    }

    /// Acts on the file, off the threads that serve requests.
    async fn act(
        &self,
        act: impl FnOnce(&mut Option<File>, &Path) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let (mut slot, path) = (Arc::clone(&self.file).lock_owned().await, Arc::clone(&self.path));
        let done = tokio::task::spawn_blocking(move || act(&mut slot, &path)).await;
        done.unwrap_or_else(|error| Err(Error::other(error)))
    }
}

/// Whether `path` still names `file`.
fn is_still_at(file: &File, path: &Path) -> bool {
    let place = |found: &std::fs::Metadata| (found.dev(), found.ino());
    matches!((file.metadata(), path.metadata()), (Ok(ours), Ok(theirs)) if place(&ours) == place(&theirs))
}

fn open(path: &Path) -> Result<File> {
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(Error::other("it is no file that lines can be cut off from"));
    }
    close_to_others(&file, found.mode(), path);
    let folder: PathBuf = path
        .parent()
        .map(Path::to_owned)
        .filter(|folder| folder != Path::new(""))
        .unwrap_or(".".into());
    File::open(folder)?.sync_all()?;
    Ok(file)
}

/// Events are personal data. The operator decides who else may read them, by the file's group.
fn close_to_others(file: &File, mode: u32, path: &Path) {
    if mode & OTHERS == 0 {
        return;
    }
    if let Err(error) = file.set_permissions(Permissions::from_mode(mode & 0o7777 & !OTHERS)) {
        tracing::warn!(%error, path = %path.display(), "everybody on this machine can read the events");
    }
}

/// Acts on `file` while no other process does: a second service, or one that is just stopping.
/// Dropping the file ends the lock too.
fn locked(file: File, act: impl FnOnce(&File) -> Result<()>) -> Result<File> {
    file.lock()?;
    act(&file)?;
    file.unlock()?;
    Ok(file)
}

fn write(mut file: &File, line: &[u8]) -> Result<()> {
    let end = end_of_lines(file)?;
    let written = file.write_all(line).and_then(|()| file.sync_data());
    if written.is_err() {
        // Where this fails too, the next line does it.
        let _ = file.set_len(end);
    }
    written
}

/// The end of the last whole line; a partial line after it is cut off.
fn end_of_lines(file: &File) -> Result<u64> {
    let length = file.metadata()?.len();
    let end = after_last_newline(file, length)?;
    if end < length {
        let mut begin = [0; LINE_BEGINS.len()];
        let read = file.read_at(&mut begin, end)?;
        let is_ours = begin
            .iter()
            .zip(LINE_BEGINS)
            .take(read)
            .all(|(found, ours)| found == ours || *found == 0);
        if !is_ours {
            return Err(Error::other("it ends with something that is no event"));
        }
        tracing::warn!(
            bytes = length - end,
            "the events file ended within a line, which is cut off and written again"
        );
        file.set_len(end)?;
    }
    Ok(end)
}

fn after_last_newline(file: &File, length: u64) -> Result<u64> {
    let (mut end, mut block) = (length, [0; 4096]);
    while end > 0 {
        let size = usize::try_from(end).unwrap_or(usize::MAX).min(block.len());
        let (block, _) = block.split_at_mut(size);
        end -= size as u64;
        file.read_exact_at(block, end)?;
        if let Some(place) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(end + place as u64 + 1);
        }
    }
    Ok(0)
}

#[async_trait]
impl EventHandler for FilePublisher {
    fn name(&self) -> &'static str {
        "file"
    }

    fn handles(&self, _: &str) -> bool {
        true
    }

    async fn handle(
        &self,
        event: &Event,
        _: DeliveryAttempt,
    ) -> std::result::Result<(), HandlerError> {
        let mut line =
            serde_json::to_vec(event).map_err(|error| HandlerError::GiveUp(error.to_string()))?;
        line.push(b'\n');
        self.append(line)
            .await
            .map_err(|error| HandlerError::Retry(format!("{}: {error}", self.path.display())))
    }
}
