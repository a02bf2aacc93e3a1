//! A copy of everything in a new folder, made while the service runs.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::Args;
use selfsame_basics::Timestamp;
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use crate::failure::Failure;
use crate::hex::hex;
use crate::settings::MASTER_KEY_FILE;
use crate::wiring::{BLOBS_FOLDER, Installation, STORE_FILE, fingerprint};

/// Says what a backup is; written last, so that a folder without it is not a whole backup.
pub(super) const MANIFEST: &str = "backup.json";

/// What a backup says about itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    /// The form of the backup.
    pub(super) version: u32,
    /// When it was begun.
    pub(super) made_at: Timestamp,
    /// Tells which master key it was made under.
    pub(super) key_fingerprint: String,
    /// SHA-256 of the store's file, in hexadecimal digits.
    pub(super) store_sha256: String,
    /// How many pictures there are.
    pub(super) blobs: u64,
}

/// Where to copy to.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// A folder that does not exist yet.
    folder: PathBuf,
}

impl Backup {
    /// The store first, the pictures after it: a picture that the copied store names was there before the store was
    /// copied, unless it was deleted meanwhile, and then the store names it no more from the next moment on.
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        let Installation { settings, clock, keys, store, .. } = &installation;
        let made_at = clock.now();
        let folder = &self.folder;
        DirBuilder::new().mode(0o700).create(folder).map_err(Failure::at("make the new folder", folder))?;
        eprintln!("Copying the store …");
        store.chores.backup(&folder.join(STORE_FILE)).await?;
        let blobs = copy_tree(&settings.data.join(BLOBS_FOLDER), &folder.join(BLOBS_FOLDER))?;
        let manifest = Manifest {
            version: 1,
            made_at,
            key_fingerprint: fingerprint(keys),
            store_sha256: sha256(&folder.join(STORE_FILE))?,
            blobs,
        };
        write_manifest(folder, &manifest)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "Everything is in {}: the store and {blobs} pictures.", folder.display())?;
        if settings.master_key.is_none() {
            let key = settings.data.join(MASTER_KEY_FILE);
            writeln!(out, "The master key is not: keep a copy of {} at another place.", key.display())?;
        }
        Ok(())
    }
}

fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let path = folder.join(MANIFEST);
    let text = serde_json::to_string_pretty(manifest).map_err(|error| Failure::Said(error.to_string()))?;
    write_private(&path, text.as_bytes()).map_err(Failure::at("write", &path))?;
    sync(folder).map_err(Failure::at("flush", folder))
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

pub(super) fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Copies the files below `from`, but for hidden ones: those are just being written. Says how many there were.
pub(super) fn copy_tree(from: &Path, to: &Path) -> Result<u64, Failure> {
    let mut files = Vec::new();
    list(from, Path::new(""), &mut files).map_err(Failure::at("read", from))?;
    let mut progress = Progress::new("pictures", files.len() as u64);
    let mut copied = 0;
    make_folder(to).map_err(Failure::at("make", to))?;
    for name in &files {
        let target = to.join(name);
        copied += u64::from(copy(&from.join(name), &target).map_err(Failure::at("write", &target))?);
        progress.advance(1);
    }
    if !files.is_empty() {
        progress.finish();
    }
    Ok(copied)
}

fn list(root: &Path, below: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(root.join(below)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = below.join(entry.file_name());
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            list(root, &name, files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}

/// Copies one file durably; `false` where it is gone meanwhile.
fn copy(from: &Path, to: &Path) -> std::io::Result<bool> {
    let mut source = match File::open(from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        source => source?,
    };
    make_folder(to.parent().unwrap_or(to))?;
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    std::io::copy(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(true)
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// SHA-256 of a file, in hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String, Failure> {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut file = File::open(path).map_err(Failure::at("read", path))?;
    std::io::copy(&mut file, &mut Hashing(&mut context)).map_err(Failure::at("read", path))?;
    Ok(hex(context.finish().as_ref()))
}

struct Hashing<'a>(&'a mut ring::digest::Context);

impl std::io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
