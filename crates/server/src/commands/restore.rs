//! Brings a backup back.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::backup::{MANIFEST, Manifest, copy_tree, sha256, sync};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::wiring::{BLOBS_FOLDER, STORE_FILE, existing_key, fingerprint};

/// Where to bring it back from.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The folder that `backup` made.
    folder: PathBuf,
}

impl Restore {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let manifest = read_manifest(&self.folder)?;
        let data = &settings.data;
        refuse_to_overwrite(data)?;
        check_key(settings, &manifest)?;
        eprintln!("Checking the store …");
        if sha256(&self.folder.join(STORE_FILE))? != manifest.store_sha256 {
            return said("the store in the backup is damaged: it is not what was written");
        }
        let blobs = copy_tree(&self.folder.join(BLOBS_FOLDER), &data.join(BLOBS_FOLDER))?;
        if blobs != manifest.blobs {
            return said(&format!(
                "the backup has {blobs} pictures of {}; nothing starts from this",
                manifest.blobs
            ));
        }
        // The store comes last: a data folder with one is whole.
        copy_store(&self.folder, data)?;
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{} holds the state of {}: the store and {blobs} pictures.",
            data.display(),
            manifest.made_at
        )?;
        Ok(())
    }
}

fn said(text: &str) -> Result<(), Failure> {
    Err(Failure::Said(text.to_owned()))
}

fn read_manifest(folder: &Path) -> Result<Manifest, Failure> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read(&path).map_err(Failure::at("read", &path))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| Failure::Said(format!("{} can't be understood: {error}", path.display())))?;
    if manifest.version == 1 {
        Ok(manifest)
    } else {
        Err(Failure::Said("the backup is of a later version".into()))
    }
}

fn refuse_to_overwrite(data: &Path) -> Result<(), Failure> {
    for name in [STORE_FILE, BLOBS_FOLDER] {
        let path = data.join(name);
        if path.exists() {
            return said(&format!(
                "{} is there already; restore only into a folder without data",
                path.display()
            ));
        }
    }
    Ok(())
}

fn check_key(settings: &Settings, manifest: &Manifest) -> Result<(), Failure> {
    let Some(keys) = existing_key(settings)? else {
        return said(&format!(
            "there is no master key: put the one that the backup was made under into {}, or set SELFSAME_MASTER_KEY",
            settings.data.join(crate::settings::MASTER_KEY_FILE).display()
        ));
    };
    if fingerprint(&keys) == manifest.key_fingerprint {
        Ok(())
    } else {
        said("the master key is not the one that the backup was made under; with it, nothing could be read")
    }
}

fn copy_store(from: &Path, data: &Path) -> Result<(), Failure> {
    let (partial, place) = (data.join(".restoring"), data.join(STORE_FILE));
    std::fs::copy(from.join(STORE_FILE), &partial).map_err(Failure::at("write", &partial))?;
    sync(&partial).map_err(Failure::at("flush", &partial))?;
    std::fs::rename(&partial, &place).map_err(Failure::at("make", &place))?;
    sync(data).map_err(Failure::at("flush", data))
}
