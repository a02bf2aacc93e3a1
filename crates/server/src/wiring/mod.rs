//! Which adapter stands behind which port: one `connect` for each.

mod blobs;
mod keys;
mod mail;
mod store;

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

pub use blobs::{BLOBS_FOLDER, PicturePlaces, connect as connect_blobs};
pub use keys::{existing_key, fingerprint};
pub use mail::connect as connect_mail;
use selfsame_basics::{Clock, Keys, Random, SystemClock, SystemRandom};
pub use store::{STORE_FILE, Store};

use crate::failure::Failure;
use crate::settings::Settings;

/// Everything behind the ports, as the settings say.
pub struct Installation {
    /// The settings.
    pub settings: Settings,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub random: Arc<dyn Random>,
    /// The keys.
    pub keys: Arc<Keys>,
    /// Where records are kept.
    pub store: Store,
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Installation({})", self.settings.data.display())
    }
}

impl Installation {
    /// Opens it; makes the data folder where there is none.
    pub fn open(settings: Settings) -> Result<Self, Failure> {
        make_folder(&settings.data).map_err(Failure::at("make the data folder", &settings.data))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let keys = Arc::new(keys::connect(&settings, &*random)?);
        let store = store::connect(&settings, Arc::clone(&clock))?;
        Ok(Self { settings, clock, random, keys, store })
    }
}

/// Makes a folder where there is none, durably: a name is flushed with the folder that it stands in.
fn make_folder(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|place| !place.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let above = missing.into_iter().filter_map(Path::parent);
    above
        .map(|place| if place.as_os_str().is_empty() { Path::new(".") } else { place })
        .try_for_each(|place| File::open(place)?.sync_all())
}
