//! Brings a backup back.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use selfsame_accounts::installation::{Voided, fingerprint, make_void};
use selfsame_basics::{Clock as _, Keys, SystemClock, SystemRandom};

use super::backup::{Manifest, bring_back, listed, store_of};
use super::disk;
use super::progress::Progress;
use crate::failure::Failure;
use crate::settings::{MASTER_KEY_FILE, Settings};
use crate::wiring::folder::{self, Found, RESTORING};
use crate::wiring::{BLOBS_FOLDER, STORE_FILE, existing_key, open_store};

/// Where to bring it back from.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The folder that `backup` made.
    folder: PathBuf,
}

impl Restore {
    /// Everything is brought back beside its place and moved there when it is whole, the store last: a data folder with a store is
    /// whole, and one that does not hold one is not begun by anybody while parts lie there.
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let manifest = Manifest::read(&self.folder)?;
        let data = &settings.data;
        refuse_to_overwrite(data)?;
        let keys = right_key(settings, &manifest)?;
        let aside = data.join(RESTORING);
        let voided = match self.bring_back(&manifest, &keys, &aside, data).await {
            Ok(voided) => voided,
            Err(failure) => {
                // What is left of it would only be taken for the beginning of another try.
                let _ = std::fs::remove_dir_all(&aside);
                return Err(failure);
            }
        };
        publish(&aside, data).map_err(Failure::at("bring everything to its place in", data))?;
        report(data, &manifest, voided)
    }

    async fn bring_back(
        &self,
        manifest: &Manifest,
        keys: &Keys,
        aside: &Path,
        data: &Path,
    ) -> Result<Voided, Failure> {
        begin(aside, data).map_err(Failure::at("begin in", aside))?;
        eprintln!("Copying the store …");
        let store = store_of(aside);
        let sum = disk::copy(&store_of(&self.folder), &store).map_err(Failure::at("write", &store))?;
        if sum.as_ref() != Some(&manifest.store_sha256) {
            return said("the store in the backup is damaged: it is not what was written");
        }
        bring_back(&listed(&self.folder, manifest)?, &self.folder, aside)?;
        let voided = void(&store, keys).await?;
        disk::sync_tree(aside).map_err(Failure::at("flush", aside))?;
        Ok(voided)
    }
}

fn said<T>(text: &str) -> Result<T, Failure> {
    Err(Failure::Said(text.to_owned()))
}

/// A log that lies beside a new store would be taken for its own.
fn refuse_to_overwrite(data: &Path) -> Result<(), Failure> {
    let names = match folder::look(data).map_err(Failure::at("look into", data))? {
        Found::Nothing => return Ok(()),
        Found::Store => vec![STORE_FILE.to_owned()],
        Found::Remains(names) => names,
    };
    let cut_short = was_cut_short(&data.join(RESTORING));
    let is_left = |name: &&String| *name == RESTORING || (cut_short && *name == BLOBS_FOLDER);
    match names.iter().find(|name| !is_left(name)) {
        // All of it is what an earlier try has left.
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

fn begin(aside: &Path, data: &Path) -> std::io::Result<()> {
    if was_cut_short(aside) {
        std::fs::remove_dir_all(data.join(BLOBS_FOLDER))?;
    }
    if aside.exists() {
        std::fs::remove_dir_all(aside)?;
    }
    disk::make_folder(aside)
}

/// Whether an earlier try ended between the two steps of [`publish`]: then the pictures in their place are its copies.
fn was_cut_short(aside: &Path) -> bool {
    store_of(aside).exists() && !aside.join(BLOBS_FOLDER).exists()
}

/// Makes void in the store at `path` what was good at the time of the backup, and leaves it closed.
async fn void(path: &Path, keys: &Keys) -> Result<Voided, Failure> {
    let clock = SystemClock;
    let store = open_store(path, std::sync::Arc::new(clock))?;
    let mut progress = Progress::new("items", 0);
    let (items, chores) = (&*store.items, &*store.chores);
    let voided = make_void(items, chores, keys, &SystemRandom, clock.now(), |some| {
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

fn publish(aside: &Path, data: &Path) -> std::io::Result<()> {
    std::fs::rename(aside.join(BLOBS_FOLDER), data.join(BLOBS_FOLDER))?;
    // Unlike a rename, a link replaces nothing that came there meanwhile.
    std::fs::hard_link(store_of(aside), data.join(STORE_FILE))?;
    disk::sync(data)?;
    std::fs::remove_dir_all(aside)?;
    disk::sync(data)?;
    disk::sync(disk::parent(data))
}

fn report(data: &Path, manifest: &Manifest, voided: Voided) -> Result<(), Failure> {
    let Manifest { made_at, blobs, pictures_sha256, .. } = manifest;
    let Voided { sessions, secrets } = voided;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} holds the state of {made_at}: the store and {blobs} pictures.", data.display())?;
    writeln!(
        out,
        "Nobody is signed in any more ({sessions} sessions), and what was good once is void ({secrets}: codes, links in mails, \
         sign-ins and changes under way, signing keys, answers kept for retries, mails that waited)."
    )?;
    writeln!(
        out,
        "Passwords, second factors and tokens of services are those of that time: what was changed since has to be changed again."
    )?;
    if pictures_sha256.is_none() {
        writeln!(
            out,
            "The pictures could not be checked: the backup is an old one, without their checksums."
        )?;
    }
    Ok(())
}
