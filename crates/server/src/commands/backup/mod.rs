//! A copy of everything in a new folder, made while the service runs.

mod manifest;
mod pictures;
mod verify;

use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use selfsame_accounts::installation::fingerprint;

pub(super) use self::manifest::Manifest;
use self::pictures::Kept;
pub(super) use self::pictures::{bring_back, listed};
use super::{Beginning, Shared, disk, with_installation};
use crate::failure::Failure;
use crate::settings::MASTER_KEY_FILE;
use crate::wiring::{BLOBS_FOLDER, Installation, STORE_FILE};

/// Where to copy to, or what else to do with backups.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Backup {
    /// A folder that does not exist yet.
    #[arg(required = true)]
    folder: Option<PathBuf>,
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Check that a backup is whole: its store, and every picture by its checksum. Needs no key and no data folder.
    Verify(verify::Verify),
}

/// Where the store lies in the backup `folder`.
pub(super) fn store_of(folder: &Path) -> PathBuf {
    folder.join(STORE_FILE)
}

impl Backup {
    pub(super) fn run(self, shared: &Shared) -> Result<(), Failure> {
        match (self.act, self.folder) {
            (Some(Act::Verify(verify)), _) => verify.run(),
            (None, folder) => {
                let folder = folder.unwrap_or_default();
                with_installation(shared, Beginning::Refused, |installation| make(installation, folder))
            }
        }
    }
}

/// The pictures before the store, and once more behind it. One that the copied store names was there when the store was copied: it
/// was copied before, since a picture that is replaced is deleted at once, or it came meanwhile, and is copied now.
async fn make(installation: Installation, folder: PathBuf) -> Result<(), Failure> {
    let Installation { settings, clock, keys, store, .. } = &installation;
    let made_at = clock.now();
    DirBuilder::new().mode(0o700).create(&folder).map_err(Failure::at("make the new folder", &folder))?;
    let pictures = settings.data.join(BLOBS_FOLDER);
    let kept = Kept::before_the_store(&pictures, &folder)?;
    eprintln!("Copying the store …");
    store.chores.backup(&store_of(&folder)).await?;
    let (blobs, list) = kept.behind_the_store()?;
    let sum = disk::sha256(&store_of(&folder)).map_err(Failure::at("read", &store_of(&folder)))?;
    disk::sync_tree(&folder).map_err(Failure::at("flush", &folder))?;
    disk::sync(disk::parent(&folder)).map_err(Failure::at("flush", &folder))?;
    Manifest::new(made_at, fingerprint(keys), sum, blobs, list).write(&folder)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Everything is in {}: the store and {blobs} pictures.", folder.display())?;
    if settings.master_key.is_none() {
        let key = settings.data.join(MASTER_KEY_FILE);
        writeln!(out, "The master key is not: keep a copy of {} at another place.", key.display())?;
    }
    Ok(())
}
