//! The master key: from a setting, or in a file that only its owner can read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use data_encoding::HEXLOWER;
use selfsame_primitives::{Keys, Random};

use super::folder::Found;
use crate::failure::Failure;
use crate::settings::{MASTER_KEY_FILE, MasterKey, Mode, Settings, is_private};

/// The keys for what was `found` in the data folder. A new master key is made only where nothing
/// depends on another.
pub(super) fn connect(
    settings: &Settings,
    random: &dyn Random,
    found: &Found,
) -> Result<Keys, Failure> {
    let path = settings.data.join(MASTER_KEY_FILE);
    if settings.mode == Mode::Development
        && settings.master_key.is_none()
        && *found == Found::Nothing
    {
        make(&path, random).map_err(Failure::at("write", &path))?;
    }
    existing_key(settings)?.ok_or_else(|| {
        Failure::Configuration(format!(
            "there is no master key: {} does not exist. Bring back the one that the store was made under, or set \
             SELFSAME_MASTER_KEY to it; without it nothing in the store can be read",
            path.display()
        ))
    })
}

/// The keys of the setting or the file; `None` where there are none.
pub fn existing_key(settings: &Settings) -> Result<Option<Keys>, Failure> {
    if let Some(key) = &settings.master_key {
        return Ok(Some(Keys::from_master(key.expose())));
    }
    let path = settings.data.join(MASTER_KEY_FILE);
    if path.exists() {
        read(&path).map(|key| Some(Keys::from_master(key.expose())))
    } else {
        Ok(None)
    }
}

/// Makes the file where there is none. It is written under another name and renamed when it is
/// complete, so that a full disk or a crash leaves none rather than an empty one.
fn make(path: &Path, random: &dyn Random) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let aside = folder.join(format!(".{MASTER_KEY_FILE}-{}", std::process::id()));
    let line = format!("{}\n", HEXLOWER.encode(&random.bytes::<32>()));
    let made = write(&aside, &line).and_then(|()| {
        // Unlike a rename, a link replaces nothing: of two processes that begin at the same time
        // one makes the key of both.
        match std::fs::hard_link(&aside, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    });
    let removed = std::fs::remove_file(&aside);
    made.and(removed)?;
    File::open(folder)?.sync_all()
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read(path: &Path) -> Result<MasterKey, Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::at("read", path))?;
    if !is_private(path).map_err(Failure::at("look at", path))? {
        let fix = format!("chmod 600 {}", path.display());
        return Err(Failure::Configuration(format!(
            "{} can be read by others: {fix}",
            path.display()
        )));
    }
    MasterKey::parse(text.trim()).ok_or_else(|| {
        Failure::Configuration(format!(
            "{} does not hold a master key of 64 hexadecimal digits",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use selfsame_app::installation::fingerprint;
    use selfsame_primitives::SystemRandom;

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
        let first = fingerprint(&connect(&settings, &SystemRandom, &Found::Nothing).unwrap());
        for found in [Found::Nothing, Found::Store] {
            assert_eq!(fingerprint(&connect(&settings, &SystemRandom, &found).unwrap()), first);
        }
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
        assert_eq!(files.collect::<Vec<_>>(), [MASTER_KEY_FILE], "nothing is left beside it");
        let mode = folder.path().join(MASTER_KEY_FILE).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn no_key_is_made_up_for_what_hangs_on_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let refused =
            connect(&settings(folder.path(), &[]), &SystemRandom, &Found::Store).unwrap_err();
        assert!(refused.to_string().contains("there is no master key"), "{refused}");
        assert!(!folder.path().join(MASTER_KEY_FILE).exists());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), &[]);
        connect(&settings, &SystemRandom, &Found::Nothing).unwrap();
        let file = folder.path().join(MASTER_KEY_FILE);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(
            connect(&settings, &SystemRandom, &Found::Nothing)
                .unwrap_err()
                .to_string()
                .contains("chmod 600")
        );
    }

    #[test]
    fn a_given_key_goes_before_the_file_and_writes_none() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), &[("master_key", "test", &"07".repeat(32))]);
        let keys = connect(&settings, &SystemRandom, &Found::Nothing).unwrap();
        assert_eq!(fingerprint(&keys), fingerprint(&Keys::from_master(&[7; 32])));
        assert!(!folder.path().join(MASTER_KEY_FILE).exists());
    }
}
