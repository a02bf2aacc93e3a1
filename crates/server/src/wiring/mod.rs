//! The adapters behind the ports: one `connect` for each.

mod blobs;
pub mod folder;
mod keys;
pub mod leftovers;
mod mail;
mod store;

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

pub use blobs::{BLOBS_FOLDER, PictureStores, connect as connect_blobs};
pub use keys::existing_key;
pub use mail::connect as connect_mail;
use selfsame_app::{installation, installation::KeyError};
use selfsame_primitives::{Clock, Keys, Random, SystemClock, SystemRandom, Timestamp};
pub use store::{Patience, STORE_FILE, Store, open as open_store};

use self::folder::Found;
use crate::failure::Failure;
use crate::settings::Settings;

/// All adapters, by the settings.
pub struct Installation {
    /// The settings.
    pub settings: Settings,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The keys.
    pub keys: Arc<Keys>,
    /// The record store.
    pub store: Store,
    /// When the store was last restored from a backup.
    pub restored_at: Option<Timestamp>,
}

/// Whether a command may begin a store where there is none. Most may not: in a wrong folder they
/// would make an empty one, and report an empty installation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beginning {
    /// It may.
    Allowed,
    /// There has to be one.
    Refused,
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Installation({})", self.settings.data.display())
    }
}

impl Installation {
    /// Opens the store in the data folder, under the key that it was made under and no other.
    /// Begins one where nothing of an installation exists, if the command may.
    pub async fn open(
        settings: Settings,
        beginning: Beginning,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let found =
            folder::look(&settings.data).map_err(Failure::at("look into", &settings.data))?;
        check_folder(&settings.data, &found, beginning)?;
        let may_begin = beginning == Beginning::Allowed && !has_lost_its_store(&settings.data)?;
        let is_blank = found == Found::Store
            && folder::is_blank(&settings.data)
                .map_err(Failure::at("look into", &settings.data))?;
        // Before anything is written to it: the operator may want to inspect the emptied file.
        if is_blank && !may_begin {
            return Err(refused(&settings, KeyError::Unstamped));
        }
        make_folder(&settings.data).map_err(Failure::at("make the data folder", &settings.data))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let keys = Arc::new(keys::connect(&settings, &*random, &found)?);
        let store = open_store(&settings.data.join(STORE_FILE), Arc::clone(&clock), patience)?;
        let record = if may_begin {
            installation::begin(&*store.items, &keys, &*random).await
        } else {
            installation::adopt(&*store.items, &keys, &*random).await
        };
        let record = record.map_err(|error| refused(&settings, error))?;
        leftovers::clear(&settings.data);
        Ok(Self { settings, clock, random, keys, store, restored_at: record.restored_at })
    }
}

/// Whether a store can be opened or begun in `data`, which holds `found`.
fn check_folder(data: &Path, found: &Found, beginning: Beginning) -> Result<(), Failure> {
    let data = data.display();
    match (found, beginning) {
        (Found::Store, _) | (Found::Nothing, Beginning::Allowed) => Ok(()),
        (Found::Nothing, Beginning::Refused) => Err(Failure::Configuration(format!(
            "there is no store in {data}. --data or SELFSAME_DATA names the folder of an installation; `selfsame serve`, \
             `selfsame user create`, `selfsame load-demo` and `selfsame restore` begin one"
        ))),
        (Found::Remains(names), _) if names.iter().any(|name| name == folder::RESTORING) => {
            Err(Failure::Configuration(format!(
                "a restore into {data} did not come to its end: run `selfsame restore` again"
            )))
        }
        (Found::Remains(names), _) => Err(Failure::Configuration(format!(
            "{data} holds {}, but {STORE_FILE} is missing. Nothing is begun over what is left: bring it back, or take another folder",
            names.join(", ")
        ))),
    }
}

/// Whether the folder holds pictures, which only registered users upload: a store without users is
/// not their store.
fn has_lost_its_store(data: &Path) -> Result<bool, Failure> {
    folder::holds_pictures(data).map_err(Failure::at("look into", &data.join(BLOBS_FOLDER)))
}

/// Why the store in the data folder can't be used with the key of `settings`.
fn refused(settings: &Settings, error: KeyError) -> Failure {
    let place = settings.data.join(STORE_FILE);
    match error {
        KeyError::Store(error) => error.into(),
        KeyError::Another => Failure::Configuration(format!("{}: {error}", place.display())),
        KeyError::Unstamped if folder::holds_pictures(&settings.data).unwrap_or(true) => {
            Failure::Configuration(format!(
                "nobody is in {}, but there are pictures in {}: the store was lost or emptied. Nothing is begun over what is left: \
                 bring the store back, or take another folder",
                place.display(),
                settings.data.join(BLOBS_FOLDER).display()
            ))
        }
        KeyError::Unstamped => Failure::Configuration(format!(
            "nobody is in {}: it was never used, or was emptied. `selfsame serve`, `selfsame user create` and `selfsame load-demo` \
             begin there",
            place.display()
        )),
    }
}

/// Makes a folder where there is none, durably: a name is flushed with the folder that contains it.
fn make_folder(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|place| !place.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let above = missing.into_iter().filter_map(Path::parent);
    above
        .map(|place| if place.as_os_str().is_empty() { Path::new(".") } else { place })
        .try_for_each(|place| File::open(place)?.sync_all())
}
