//! Files and folders that must be complete and durable before they are used.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

use crate::wiring::folder::NOT_OURS;

/// Makes the names in `folder` durable.
pub(super) fn sync(folder: &Path) -> Result<()> {
    File::open(folder)?.sync_all()
}

/// The same for `folder` and all folders below it, the deepest first.
pub(super) fn sync_tree(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        }
    }
    sync(folder)
}

/// The folder that contains `path`.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder for its owner alone, and its parents, where there is none.
pub(super) fn make_folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a new file for its owner alone.
pub(super) fn new_file(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes the new file `path`, which gets its name only when it is complete and durable.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole_with(path, bytes, sync)
}

fn write_whole_with(
    path: &Path,
    bytes: &[u8],
    flush: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".partial");
    let mut file = new_file(Path::new(&aside))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    flush(parent(path)).inspect_err(|_| {
        // Under its name it would look durable. The first error is returned also where the removal
        // fails.
        let _ = std::fs::remove_file(path);
    })
}

/// The paths of all files below `root`, in it, but for hidden ones, which are just being written,
/// and what file systems have of their own, which only they may read.
pub(super) fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    list(root, Path::new(""), &mut found)?;
    found.sort();
    Ok(found)
}

fn list(root: &Path, below: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = match std::fs::read_dir(root.join(below)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = below.join(entry.file_name());
        if entry.file_name().as_encoded_bytes().starts_with(b".") || name == Path::new(NOT_OURS) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            list(root, &name, found)?;
        } else {
            found.push(name);
        }
    }
    Ok(())
}

/// Whether `path` leads below where it is looked up, and nowhere else.
pub(super) fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Copies one file durably; the answer is its SHA-256, or none where it is gone meanwhile.
pub(super) fn copy(from: &Path, to: &Path) -> Result<Option<String>> {
    let mut source = match File::open(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        source => source?,
    };
    make_folder(parent(to))?;
    let mut target = Hashing { out: new_file(to)?, context: Context::new(&SHA256) };
    std::io::copy(&mut source, &mut target)?;
    target.out.sync_all()?;
    Ok(Some(HEXLOWER.encode(target.context.finish().as_ref())))
}

/// SHA-256 of a file, in hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String> {
    let mut hashing = Hashing { out: std::io::sink(), context: Context::new(&SHA256) };
    std::io::copy(&mut File::open(path)?, &mut hashing)?;
    Ok(HEXLOWER.encode(hashing.context.finish().as_ref()))
}

struct Hashing<W> {
    out: W,
    context: Context,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.out.write(bytes)?;
        self.context.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_a_checksum_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a"), folder.path().join("b/c/d"));
        assert_eq!(copy(&from, &to).unwrap(), None);
        std::fs::write(&from, "abc").unwrap();
        // FIPS 180-4, as in the NIST's examples.
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(copy(&from, &to).unwrap().as_deref(), Some(sum));
        assert_eq!(sha256(&to).unwrap(), sum);
        assert_eq!(files(folder.path()).unwrap(), [PathBuf::from("a"), PathBuf::from("b/c/d")]);
        assert!(copy(&from, &to).is_err());
        sync_tree(folder.path()).unwrap();
    }

    #[test]
    fn what_is_hidden_or_the_file_systems_own_is_no_file_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        for path in [".new/a", "lost+found/b", "avatars/lost+found", "avatars/c"] {
            let path = folder.path().join(path);
            make_folder(parent(&path)).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = ["avatars/c", "avatars/lost+found"].map(PathBuf::from);
        assert_eq!(files(folder.path()).unwrap(), found);
    }

    #[test]
    fn what_is_not_durable_does_not_keep_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let broken = |place: &Path| {
            assert!(place.join("a").exists(), "it is looked at with its name");
            Err(std::io::Error::other("the disk is broken"))
        };
        assert!(write_whole_with(&path, b"abc", broken).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        write_whole(&path, b"abc").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    }

    #[test]
    fn only_plain_paths_lead_below() {
        assert!(is_below(Path::new("avatars/ab/abc.jpg")));
        for other in ["/etc/passwd", "../x", "a/../../x", "./x"] {
            assert!(!is_below(Path::new(other)), "{other}");
        }
    }
}
