//! The manifest of a backup.

use std::io::ErrorKind;
use std::path::Path;

use selfsame_primitives::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::disk;
use crate::failure::Failure;

/// The file of the manifest; written last, so that a folder without it is no complete backup.
pub(super) const MANIFEST: &str = "backup.json";
/// The version that is written. Version 1 had no checksums of pictures.
const VERSION: u32 = 2;

/// The manifest of a backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Manifest {
    /// The version of the backup.
    version: u32,
    /// When it was begun.
    pub(in super::super) made_at: Timestamp,
    /// The fingerprint of the master key.
    pub(in super::super) key_fingerprint: String,
    /// SHA-256 of the store's file, in hexadecimal digits.
    pub(in super::super) store_sha256: String,
    /// The number of pictures.
    pub(in super::super) blobs: u64,
    /// SHA-256 of the list of the pictures and their checksums.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) pictures_sha256: Option<String>,
}

impl Manifest {
    pub(super) fn new(
        made_at: Timestamp,
        key_fingerprint: String,
        store_sha256: String,
        blobs: u64,
        pictures_sha256: String,
    ) -> Self {
        let pictures_sha256 = Some(pictures_sha256);
        Self { version: VERSION, made_at, key_fingerprint, store_sha256, blobs, pictures_sha256 }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let path = folder.join(MANIFEST);
        let text =
            serde_json::to_string_pretty(self).map_err(|error| Failure::Said(error.to_string()))?;
        disk::write_whole(&path, text.as_bytes()).map_err(Failure::at("write", &path))
    }

    /// The manifest in `folder`.
    pub(in super::super) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(MANIFEST);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound && super::is_unfinished(folder) => {
                return Err(Failure::Said(format!(
                    "{} holds a backup that was not finished: it is good for nothing, and may be deleted",
                    folder.display()
                )));
            }
            text => text.map_err(Failure::at("read", &path))?,
        };
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| {
            Failure::Said(format!("{} can't be understood: {error}", path.display()))
        })?;
        if (1..=VERSION).contains(&manifest.version) {
            Ok(manifest)
        } else {
            Err(Failure::Said("the backup is of a later version".into()))
        }
    }
}
