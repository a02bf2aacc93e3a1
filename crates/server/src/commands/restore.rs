//! `restore`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use selfsame_app::{installation::Voided, installation::fingerprint, installation::make_void};
use selfsame_primitives::{Clock as _, Keys, SystemClock, SystemRandom};

use super::backup::{Manifest, bring_back, listed, store_of};
use super::progress::Progress;
use super::{disk, say};
use crate::failure::Failure;
use crate::settings::{MASTER_KEY_FILE, Settings};
use crate::wiring::folder::{self, Found, NOT_OURS, RESTORING};
use crate::wiring::leftovers::{self, pictures_aside, remove_all, store_aside};
use crate::wiring::{BLOBS_FOLDER, Patience, STORE_FILE, existing_key, open_store};

/// Where to bring it back from.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The folder that `backup` made.
    folder: PathBuf,
}

impl Restore {
    /// Everything is restored beside its place and moved there when it is complete, the store last:
    /// so a data folder with a store is complete, and no command begins a store in a folder with
    /// parts of a restore.
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let manifest = Manifest::read(&self.folder)?;
        let data = &settings.data;
        refuse_to_overwrite(data)?;
        let keys = right_key(settings, &manifest)?;
        let voided = match self.bring_back(&manifest, &keys, data).await {
            Ok(voided) => voided,
            Err(failure) => {
                // The remains would only be taken for the beginning of another try.
                let _ = clean(data);
                return Err(failure);
            }
        };
        publish(data).map_err(Failure::at("bring everything to its place in", data))?;
        let settled = settle(data);
        report(data, &manifest, voided)?;
        settled.map_err(|error| not_settled(data, error))
    }

    async fn bring_back(
        &self,
        manifest: &Manifest,
        keys: &Keys,
        data: &Path,
    ) -> Result<Voided, Failure> {
        begin(data).map_err(Failure::at("begin in", data))?;
        say::line("Copying the store …");
        let (aside, pictures) = (store_aside(data), pictures_aside(data));
        let store = store_of(&aside);
        let sum =
            disk::copy(&store_of(&self.folder), &store).map_err(Failure::at("write", &store))?;
        if sum.as_ref() != Some(&manifest.store_sha256) {
            return said("the store in the backup is damaged: it is not what was written");
        }
        bring_back(&listed(&self.folder, manifest)?, &self.folder, &pictures)?;
        let voided = void(&store, keys).await?;
        for folder in [&aside, &pictures] {
            disk::sync_tree(folder).map_err(Failure::at("flush", folder))?;
        }
        Ok(voided)
    }
}

fn said<T>(text: &str) -> Result<T, Failure> {
    Err(Failure::Said(text.to_owned()))
}

/// A log beside a new store would be taken for its own.
fn refuse_to_overwrite(data: &Path) -> Result<(), Failure> {
    let names = match folder::look(data).map_err(Failure::at("look into", data))? {
        Found::Nothing => return Ok(()),
        Found::Store => vec![STORE_FILE.to_owned()],
        Found::Remains(names) => names,
    };
    // The pictures that an earlier try has moved to their place are its copies.
    let has_begun = pictures_aside(data).exists();
    let is_left = |name: &&String| *name == RESTORING || (has_begun && *name == BLOBS_FOLDER);
    match names.iter().find(|name| !is_left(name)) {
        // All files are from an earlier try.
        None => Ok(()),
        Some(name) => said(&format!(
            "{} is there already; restore only into a folder that holds no data (its {MASTER_KEY_FILE} may stay)",
            data.join(name).display()
        )),
    }
}

fn right_key(settings: &Settings, manifest: &Manifest) -> Result<Keys, Failure> {
    let refused = |text| Err(Failure::Configuration(text));
    match existing_key(settings)? {
        Some(keys) if fingerprint(&keys) == manifest.key_fingerprint => Ok(keys),
        Some(_) => refused(
            "the master key is not the one that the backup was made under; with it, nothing could be read"
                .to_owned(),
        ),
        None => refused(format!(
            "there is no master key: put the one that the backup was made under into {}, or set SELFSAME_MASTER_KEY",
            settings.data.join(MASTER_KEY_FILE).display()
        )),
    }
}

/// Removes the remains of an earlier try, and makes the folders. They exist before they hold
/// anything, so that after a crash at any point the next try recognises the rest.
fn begin(data: &Path) -> std::io::Result<()> {
    if pictures_aside(data).exists() {
        clean(data)?;
    }
    // Only the store was begun.
    remove_all(&store_aside(data))?;
    for folder in [store_aside(data), pictures_aside(data)] {
        disk::make_folder(&folder)?;
        disk::sync(disk::parent(&folder))?;
    }
    disk::sync(data)
}

/// Removes what was restored so far, wherever it is; the folders that mark it go last.
fn clean(data: &Path) -> std::io::Result<()> {
    let blobs = data.join(BLOBS_FOLDER);
    if pictures_aside(data).exists() {
        let stays = |place: &Path| place.ends_with(NOT_OURS) || place.ends_with(RESTORING);
        for place in entries(&blobs)?.iter().filter(|place| !stays(place)) {
            let removed = if place.is_dir() {
                std::fs::remove_dir_all(place)
            } else {
                std::fs::remove_file(place)
            };
            removed?;
        }
    }
    leftovers::remove(data)?;
    // The folder stays where it is a volume of its own, or holds other files.
    let _ = std::fs::remove_dir(&blobs);
    Ok(())
}

fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Makes secrets of the time of the backup void in the store at `path`, and closes it.
async fn void(path: &Path, keys: &Keys) -> Result<Voided, Failure> {
    let clock = SystemClock;
    let store = open_store(path, std::sync::Arc::new(clock), Patience::Command)?;
    let mut progress = Progress::new("items", 0);
    let (items, maintenance) = (&*store.items, &*store.maintenance);
    let voided = make_void(items, maintenance, keys, &SystemRandom, clock.now(), |some| {
        progress.grow(some as u64);
        progress.advance(some as u64);
    });
    let voided = voided.await?;
    drop(store);
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return said("the restored store could not be closed");
    }
    Ok(voided)
}

/// Moves everything to its place. The pictures are durable there before the store gets its name.
/// Each file moves within its own folder, which may be a volume of its own.
fn publish(data: &Path) -> std::io::Result<()> {
    publish_with(data, disk::sync)
}

fn publish_with(
    data: &Path,
    mut flush: impl FnMut(&Path) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let (aside, blobs) = (pictures_aside(data), data.join(BLOBS_FOLDER));
    for place in entries(&aside)? {
        std::fs::rename(&place, blobs.join(place.file_name().unwrap_or_default()))?;
    }
    for folder in [&*aside, &*blobs, data] {
        flush(folder)?;
    }
    // Unlike a rename, a link replaces no file that was made there meanwhile.
    std::fs::hard_link(store_of(&store_aside(data)), data.join(STORE_FILE))
}

/// Makes the store's name durable, and removes the folders of the restore.
fn settle(data: &Path) -> std::io::Result<()> {
    disk::sync(data)?;
    leftovers::remove(data)?;
    disk::sync(data)?;
    disk::sync(disk::parent(data))
}

/// A failure once the store has its name. It is no failure of the restore: everything is in place,
/// and another try would be refused.
fn not_settled(data: &Path, error: std::io::Error) -> Failure {
    let what = format!(
        "everything is in its place in {}, but whether it would outlive a power cut is not known. Look at the disk, and run `sync` \
         before you rely on it; what the restore has left is removed by the next command. The disk said",
        data.display()
    );
    Failure::System { what, error }
}

fn report(data: &Path, manifest: &Manifest, voided: Voided) -> Result<(), Failure> {
    let Manifest { made_at, blobs, pictures_sha256, .. } = manifest;
    let Voided { sessions, secrets, unreadable } = voided;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} holds the state of {made_at}: the store and {blobs} pictures.",
        data.display()
    )?;
    writeln!(
        out,
        "Nobody is signed in any more ({sessions} sessions), and what was good once is void ({secrets}: codes, links in mails, \
         sign-ins and changes under way, signing keys, answers kept for retries, mails that waited)."
    )?;
    writeln!(
        out,
        "Passwords, second factors and tokens of services are those of that time: what was changed since has to be changed again."
    )?;
    if unreadable > 0 {
        writeln!(
            out,
            "{unreadable} second factors can't be read and were kept as they are: their owners can't sign in with them."
        )?;
    }
    if pictures_sha256.is_none() {
        writeln!(
            out,
            "The pictures could not be checked: the backup is an old one, without their checksums."
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data folder in which everything is ready to be moved to its place.
    fn ready() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        std::fs::create_dir_all(data.join("blobs/lost+found")).unwrap();
        begin(data).unwrap();
        disk::make_folder(&pictures_aside(data).join("avatars")).unwrap();
        std::fs::write(pictures_aside(data).join("avatars/a.jpg"), "picture").unwrap();
        std::fs::write(store_of(&store_aside(data)), "store").unwrap();
        folder
    }

    #[test]
    fn a_restore_cut_short_anywhere_is_repeated() {
        for step in 0..4 {
            let folder = ready();
            let data = folder.path();
            match step {
                // Before the folder of pictures, before the copy of the store, before the pictures
                // moved, and after that.
                0 => std::fs::remove_dir_all(data.join(BLOBS_FOLDER)).unwrap(),
                1 => std::fs::remove_file(store_of(&store_aside(data))).unwrap(),
                2 => {}
                _ => {
                    let moved = data.join("blobs/avatars");
                    std::fs::rename(pictures_aside(data).join("avatars"), moved).unwrap();
                }
            }
            refuse_to_overwrite(data).unwrap();
            begin(data).unwrap();
            for aside in [pictures_aside(data), store_aside(data)] {
                assert!(entries(&aside).unwrap().is_empty(), "{step}");
            }
            assert!(!data.join("blobs/avatars").exists(), "{step}");
        }
    }

    #[test]
    fn pictures_move_into_a_folder_that_stays_where_it_is() {
        let folder = ready();
        let data = folder.path();
        let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&path.metadata().unwrap());
        let before = inode(&data.join(BLOBS_FOLDER));
        publish(data).unwrap();
        settle(data).unwrap();
        assert_eq!(inode(&data.join(BLOBS_FOLDER)), before, "it may be a volume of its own");
        assert_eq!(std::fs::read(data.join("blobs/avatars/a.jpg")).unwrap(), b"picture");
        assert_eq!(std::fs::read(data.join(STORE_FILE)).unwrap(), b"store");
        assert!(data.join("blobs/lost+found").exists());
        assert!(!store_aside(data).exists() && !pictures_aside(data).exists());
    }

    #[test]
    fn pictures_are_durable_in_their_place_before_the_store_has_its_name() {
        let folder = ready();
        let data = folder.path();
        let mut flushed = Vec::new();
        let flush = |place: &Path| -> std::io::Result<()> {
            assert!(data.join("blobs/avatars/a.jpg").exists() && !data.join(STORE_FILE).exists());
            flushed.push(place.to_owned());
            Ok(())
        };
        publish_with(data, flush).unwrap();
        for folder in [data, &*data.join(BLOBS_FOLDER)] {
            assert!(flushed.iter().any(|place| place == folder), "{}", folder.display());
        }
        // Where that fails, the store gets no name.
        let folder = ready();
        let refused =
            publish_with(folder.path(), |_| Err(std::io::Error::other("the disk is broken")));
        assert!(refused.is_err() && !folder.path().join(STORE_FILE).exists());
    }

    #[test]
    fn a_store_that_came_meanwhile_is_not_replaced() {
        let folder = ready();
        std::fs::write(folder.path().join(STORE_FILE), "another one").unwrap();
        assert!(publish(folder.path()).is_err());
        assert_eq!(std::fs::read(folder.path().join(STORE_FILE)).unwrap(), b"another one");
    }

    #[test]
    fn what_fails_behind_the_last_step_is_not_called_a_failure_to_restore() {
        let folder = ready();
        let data = folder.path();
        publish(data).unwrap();
        // It can't be removed, as it is no folder.
        std::fs::remove_dir_all(store_aside(data)).unwrap();
        std::fs::write(store_aside(data), "").unwrap();
        let said = not_settled(data, settle(data).unwrap_err()).to_string();
        assert!(said.contains("everything is in its place"), "{said}");
        assert!(data.join(STORE_FILE).exists());
    }
}
