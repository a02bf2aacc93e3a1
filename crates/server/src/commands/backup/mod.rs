//! `backup`: copies everything to a new folder, while the service runs.

mod manifest;
mod pictures;
mod verify;

use std::fs::DirBuilder;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use selfsame_app::installation::fingerprint;

use self::manifest::MANIFEST;
pub(super) use self::manifest::Manifest;
use self::pictures::PicturesBackup;
pub(super) use self::pictures::{bring_back, listed};
use super::missing::missing;
use super::{Beginning, Shared, disk, say, with_installation};
use crate::failure::Failure;
use crate::settings::MASTER_KEY_FILE;
use crate::wiring::{BLOBS_FOLDER, Installation, STORE_FILE};

/// Exists in a backup until it is complete.
const UNFINISHED: &str = "backup.unfinished";

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
    /// Check that a backup is whole: its store, and every picture by its checksum. Needs no key and
    /// no data folder.
    Verify(verify::Verify),
}

/// The path of the store in the backup `folder`.
pub(super) fn store_of(folder: &Path) -> PathBuf {
    folder.join(STORE_FILE)
}

impl Backup {
    pub(super) fn run(self, shared: &Shared) -> Result<(), Failure> {
        match (self.act, self.folder) {
            (Some(Act::Verify(verify)), _) => verify.run(),
            (None, folder) => {
                let folder = folder.unwrap_or_default();
                with_installation(shared, Beginning::Refused, |installation| {
                    make(installation, folder)
                })
            }
        }
    }
}

async fn make(installation: Installation, folder: PathBuf) -> Result<(), Failure> {
    let settings = &installation.settings;
    begin(&folder, &settings.data)?;
    let filled = fill(&installation, &folder).await;
    let blobs = filled.inspect_err(|_| {
        // This run has made the folder, and half a backup is of no use. Where it can't be removed,
        // the next run reports it.
        let _ = std::fs::remove_dir_all(&folder);
    })?;
    warn_of_missing(&installation).await;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Everything is in {}: the store and {blobs} pictures.", folder.display())?;
    if settings.master_key.is_none() {
        let key = settings.data.join(MASTER_KEY_FILE);
        writeln!(out, "The master key is not: keep a copy of {} at another place.", key.display())?;
    }
    Ok(())
}

/// A backup is complete although it lacks pictures that were lost before. A failure of this count
/// does not affect the backup.
async fn warn_of_missing(installation: &Installation) {
    match missing(installation).await {
        Ok(None | Some(0)) => {}
        Ok(Some(number)) => say::line(format_args!(
            "Mind: {number} files of pictures that profiles and galleries name are missing in the data folder, and so in the backup."
        )),
        Err(failure) => {
            say::line(format_args!("Whether pictures are missing can't be told: {failure}"));
        }
    }
}

/// Makes the folder of a backup of `data`.
fn begin(folder: &Path, data: &Path) -> Result<(), Failure> {
    let refused = |why: &str| Err(Failure::Said(format!("{} {why}", folder.display())));
    if is_within(folder, data) {
        return refused(
            "is within the data folder, and would be lost with it: take another place, at best on another disk",
        );
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && is_unfinished(folder) => refused(
            "holds a backup that was not finished: it is good for nothing, and may be deleted",
        ),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            refused("is there already: a backup takes a folder that does not exist yet")
        }
        made => made.map_err(Failure::at("make the new folder", folder)),
    }
}

/// Whether `folder`, which need not exist, would be inside `data`, links resolved.
fn is_within(folder: &Path, data: &Path) -> bool {
    match (disk::parent(folder).canonicalize(), data.canonicalize()) {
        (Ok(above), Ok(data)) => above.starts_with(data),
        // Then the folder can't be made there either.
        _ => false,
    }
}

/// Whether an incomplete backup is in `folder`. Its contents do not show that: a data folder looks
/// the same, and must not be reported as deletable.
fn is_unfinished(folder: &Path) -> bool {
    folder.join(UNFINISHED).exists() && !folder.join(MANIFEST).exists()
}

/// Fills the new `folder`, and returns the number of pictures.
///
/// Pictures are copied before the store and once more after it. A picture that the copied store
/// names existed when the store was copied: either it was copied before, since a replaced picture
/// is deleted at once, or it is new and is copied now.
/// deleted at once, or it came meanwhile, and is copied now.
async fn fill(installation: &Installation, folder: &Path) -> Result<u64, Failure> {
    let Installation { settings, clock, keys, store, .. } = installation;
    let made_at = clock.now();
    let mark = folder.join(UNFINISHED);
    disk::new_file(&mark).map_err(Failure::at("write", &mark))?;
    let pictures = settings.data.join(BLOBS_FOLDER);
    let pictures_backup = PicturesBackup::before_the_store(&pictures, folder)?;
    say::line("Copying the store …");
    store.maintenance.backup(&store_of(folder)).await?;
    let (blobs, list) = pictures_backup.behind_the_store()?;
    let sum = disk::sha256(&store_of(folder)).map_err(Failure::at("read", &store_of(folder)))?;
    disk::sync_tree(folder).map_err(Failure::at("flush", folder))?;
    disk::sync(disk::parent(folder)).map_err(Failure::at("flush", folder))?;
    Manifest::new(made_at, fingerprint(keys), sum, blobs, list).write(folder)?;
    // Once the manifest is there, the marker has no meaning.
    let _ = std::fs::remove_file(&mark);
    Ok(blobs)
}
