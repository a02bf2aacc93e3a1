//! The key that everything hangs on: given, or kept in a file that its owner alone can read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use selfsame_basics::{Keys, Random};

use crate::failure::Failure;
use crate::hex::hex;
use crate::settings::{MASTER_KEY_FILE, MasterKey, Mode, Settings, is_private};

pub(super) fn connect(settings: &Settings, random: &dyn Random) -> Result<Keys, Failure> {
    let path = settings.data.join(MASTER_KEY_FILE);
    if settings.mode == Mode::Development && settings.master_key.is_none() {
        make(&path, random).map_err(Failure::at("write", &path))?;
    }
    let missing = || Failure::Said(format!("there is no master key: {} does not exist", path.display()));
    existing_key(settings)?.ok_or_else(missing)
}

/// The keys that are given or kept already; `None` where there are none.
pub fn existing_key(settings: &Settings) -> Result<Option<Keys>, Failure> {
    if let Some(key) = &settings.master_key {
        return Ok(Some(Keys::from_master(key.expose())));
    }
    let path = settings.data.join(MASTER_KEY_FILE);
    if path.exists() { read(&path).map(|key| Some(Keys::from_master(key.expose()))) } else { Ok(None) }
}

/// What tells two master keys apart without telling either.
#[must_use]
pub fn fingerprint(keys: &Keys) -> String {
    keys.name("master-key-fingerprint", &[])
}

/// Makes the file where there is none.
fn make(path: &Path, random: &dyn Random) -> std::io::Result<()> {
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    };
    file.write_all(hex(&random.bytes::<32>()).as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn read(path: &Path) -> Result<MasterKey, Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::at("read", path))?;
    if !is_private(path).map_err(Failure::at("look at", path))? {
        let fix = format!("chmod 600 {}", path.display());
        return Err(Failure::Said(format!("{} can be read by others: {fix}", path.display())));
    }
    MasterKey::parse(text.trim()).ok_or_else(|| {
        Failure::Said(format!("{} does not hold a master key of 64 hexadecimal digits", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use selfsame_basics::SystemRandom;

    use super::*;
    use crate::settings::Sources;

    fn settings(folder: &Path, more: &[(&'static str, &'static str, &str)]) -> Settings {
        let mut flags = vec![("data", "--data", folder.display().to_string())];
        flags.extend(more.iter().map(|(key, flag, text)| (*key, *flag, (*text).to_owned())));
        Sources { flags, ..Sources::default() }.load().unwrap()
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), &[]);
        let first = fingerprint(&connect(&settings, &SystemRandom).unwrap());
        assert_eq!(fingerprint(&connect(&settings, &SystemRandom).unwrap()), first);
        let mode = folder.path().join(MASTER_KEY_FILE).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), &[]);
        connect(&settings, &SystemRandom).unwrap();
        let file = folder.path().join(MASTER_KEY_FILE);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(connect(&settings, &SystemRandom).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_given_key_goes_before_the_file_and_writes_none() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), &[("master_key", "test", &"07".repeat(32))]);
        let keys = connect(&settings, &SystemRandom).unwrap();
        assert_eq!(fingerprint(&keys), fingerprint(&Keys::from_master(&[7; 32])));
        assert!(!folder.path().join(MASTER_KEY_FILE).exists());
    }
}
