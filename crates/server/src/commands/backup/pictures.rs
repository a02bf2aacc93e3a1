//! The pictures of a backup, and the list of their checksums.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::super::disk;
use super::super::progress::Progress;
use super::manifest::Manifest;
use crate::failure::Failure;
use crate::wiring::BLOBS_FOLDER;

/// The list: a line for each, in the form of sha256sum(1).
const LIST: &str = "pictures.sha256";

/// A picture of a backup; version 1 has no checksums.
pub(in super::super) struct Picture {
    path: PathBuf,
    sha256: Option<String>,
}

/// The pictures of a backup in progress.
pub(super) struct PicturesBackup<'f> {
    /// The folder of the original pictures.
    from: &'f Path,
    /// The folder of the backup.
    folder: &'f Path,
    /// The copied pictures, and their checksums.
    sums: BTreeMap<PathBuf, String>,
}

impl<'f> PicturesBackup<'f> {
    /// Copies the pictures in `from` to the backup `folder`, before the store is copied.
    pub(super) fn before_the_store(from: &'f Path, folder: &'f Path) -> Result<Self, Failure> {
        disk::make_folder(&folder.join(BLOBS_FOLDER))
            .map_err(Failure::at("make a folder in", folder))?;
        let mut backup_so_far = Self { from, folder, sums: BTreeMap::new() };
        // The first pass may take hours; the second copies only what changed meanwhile.
        for _ in 0..2 {
            let there = backup_so_far.there()?;
            backup_so_far.forget_all_but(&there)?;
            backup_so_far.copy(there)?;
        }
        Ok(backup_so_far)
    }

    /// Copies new pictures after the store was copied, and writes the list; returns the number of
    /// pictures and the checksum of the list. A picture that was deleted since stays: the copied
    /// store may name it.
    pub(super) fn behind_the_store(mut self) -> Result<(u64, String), Failure> {
        let there = self.there()?;
        self.copy(there)?;
        let list = self.folder.join(LIST);
        let mut lines = BufWriter::new(disk::new_file(&list).map_err(Failure::at("write", &list))?);
        for (name, sum) in &self.sums {
            let path = Path::new(BLOBS_FOLDER).join(name);
            writeln!(lines, "{sum}  {}", path.display()).map_err(Failure::at("write", &list))?;
        }
        let written = lines.into_inner().map_err(std::io::IntoInnerError::into_error);
        written.and_then(|file| file.sync_all()).map_err(Failure::at("write", &list))?;
        Ok((self.sums.len() as u64, disk::sha256(&list).map_err(Failure::at("read", &list))?))
    }

    /// The present pictures, sorted.
    fn there(&self) -> Result<Vec<PathBuf>, Failure> {
        disk::files(self.from).map_err(Failure::at("read", self.from))
    }

    fn copy(&mut self, mut there: Vec<PathBuf>) -> Result<(), Failure> {
        there.retain(|name| !self.sums.contains_key(name));
        each(&there, |name| {
            let target = self.target_of(name);
            // A picture that was deleted meanwhile is not referred to any more.
            if let Some(sum) =
                disk::copy(&self.from.join(name), &target).map_err(Failure::at("write", &target))?
            {
                self.sums.insert(name.clone(), sum);
            }
            Ok(())
        })
    }

    /// Removes copies of pictures that were deleted before the store is copied: no record in the
    /// copy refers to them, so nothing would ever delete them.
    fn forget_all_but(&mut self, there: &[PathBuf]) -> Result<(), Failure> {
        let deleted: Vec<_> =
            self.sums.keys().filter(|name| there.binary_search(name).is_err()).cloned().collect();
        for name in deleted {
            let copied = self.target_of(&name);
            std::fs::remove_file(&copied).map_err(Failure::at("remove", &copied))?;
            self.sums.remove(&name);
        }
        Ok(())
    }

    fn target_of(&self, name: &Path) -> PathBuf {
        self.folder.join(BLOBS_FOLDER).join(name)
    }
}

/// The pictures that the backup in `folder` lists.
pub(in super::super) fn listed(
    folder: &Path,
    manifest: &Manifest,
) -> Result<Vec<Picture>, Failure> {
    let pictures = match &manifest.pictures_sha256 {
        Some(sum) => read_list(&folder.join(LIST), sum)?,
        None => without_sums(folder)?,
    };
    if pictures.len() as u64 == manifest.blobs {
        Ok(pictures)
    } else {
        Err(Failure::Said(format!(
            "the backup has {} pictures of {}",
            pictures.len(),
            manifest.blobs
        )))
    }
}

fn read_list(path: &Path, sum: &str) -> Result<Vec<Picture>, Failure> {
    let damaged =
        || Failure::Said(format!("{} is damaged: it is not what was written", path.display()));
    if disk::sha256(path).map_err(Failure::at("read", path))? != sum {
        return Err(damaged());
    }
    let file = std::fs::File::open(path).map_err(Failure::at("read", path))?;
    let read = |line: std::io::Result<String>| {
        let line = line.map_err(Failure::at("read", path))?;
        let (sum, name) = line.split_once("  ").ok_or_else(damaged)?;
        let (path, sha256) = (PathBuf::from(name), Some(sum.to_owned()));
        let is_ours = disk::is_below(&path) && path.starts_with(BLOBS_FOLDER);
        if is_ours { Ok(Picture { path, sha256 }) } else { Err(damaged()) }
    };
    BufReader::new(file).lines().map(read).collect()
}

fn without_sums(folder: &Path) -> Result<Vec<Picture>, Failure> {
    let found = disk::files(&folder.join(BLOBS_FOLDER)).map_err(Failure::at("read", folder))?;
    Ok(found
        .iter()
        .map(|name| Picture { path: Path::new(BLOBS_FOLDER).join(name), sha256: None })
        .collect())
}

/// Copies `pictures` from the backup `folder` to `target`, which stands for their folder, each
/// completely or not at all.
pub(in super::super) fn bring_back(
    pictures: &[Picture],
    folder: &Path,
    target: &Path,
) -> Result<(), Failure> {
    each(pictures, |Picture { path, sha256 }| {
        let to = target.join(path.strip_prefix(BLOBS_FOLDER).unwrap_or(path));
        let sum = disk::copy(&folder.join(path), &to).map_err(Failure::at("write", &to))?;
        match (sum, sha256) {
            (Some(found), Some(sum)) if found == *sum => Ok(()),
            (Some(_), None) => Ok(()),
            (found, _) => Err(Failure::Said(flaw(path, found.is_some()))),
        }
    })
}

/// The damaged and missing `pictures` in the backup `folder`.
pub(super) fn flaws(pictures: &[Picture], folder: &Path) -> Result<Vec<String>, Failure> {
    let mut flaws = Vec::new();
    each(pictures, |Picture { path, sha256 }| {
        let file = folder.join(path);
        let is_there = file.exists();
        let is_whole = match sha256 {
            Some(sum) if is_there => {
                disk::sha256(&file).map_err(Failure::at("read", &file))? == *sum
            }
            _ => is_there,
        };
        if !is_whole {
            flaws.push(flaw(path, is_there));
        }
        Ok(())
    })?;
    Ok(flaws)
}

fn flaw(path: &Path, is_there: bool) -> String {
    let what = if is_there { "is damaged: it is not what was written" } else { "is missing" };
    format!("the picture {} {what}", path.display())
}

fn each<T>(all: &[T], mut act: impl FnMut(&T) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut progress = Progress::new("pictures", all.len() as u64);
    for one in all {
        act(one)?;
        progress.advance(1);
    }
    if !all.is_empty() {
        progress.finish();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_while_a_backup_is_made_is_in_it_before_and_after() {
        let folder = tempfile::tempdir().unwrap();
        let (from, backup) = (folder.path().join("from"), folder.path().join("backup"));
        disk::make_folder(&from).unwrap();
        disk::make_folder(&backup).unwrap();
        for name in ["old.jpg", "same.jpg"] {
            std::fs::write(from.join(name), name).unwrap();
        }
        let backup_so_far = PicturesBackup::before_the_store(&from, &backup).unwrap();
        // The store is copied now; it names one or the other.
        std::fs::remove_file(from.join("old.jpg")).unwrap();
        std::fs::write(from.join("new.jpg"), "new.jpg").unwrap();
        let (count, _) = backup_so_far.behind_the_store().unwrap();
        let list = std::fs::read_to_string(backup.join(LIST)).unwrap();
        let listed: Vec<_> = list.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        assert_eq!(listed, ["blobs/new.jpg", "blobs/old.jpg", "blobs/same.jpg"]);
        assert_eq!(count, 3);
        for name in listed {
            let bytes = std::fs::read_to_string(backup.join(name)).unwrap();
            assert_eq!(format!("blobs/{bytes}"), name);
        }
    }

    #[test]
    fn pictures_deleted_before_the_store_is_copied_are_not_in_the_backup() {
        let folder = tempfile::tempdir().unwrap();
        let (from, backup) = (folder.path().join("from"), folder.path().join("backup"));
        for folder in [&from, &backup] {
            disk::make_folder(folder).unwrap();
        }
        std::fs::write(from.join("gone.jpg"), "").unwrap();
        std::fs::write(from.join("kept.jpg"), "").unwrap();
        let mut backup_so_far = PicturesBackup::before_the_store(&from, &backup).unwrap();
        std::fs::remove_file(from.join("gone.jpg")).unwrap();
        let there = backup_so_far.there().unwrap();
        backup_so_far.forget_all_but(&there).unwrap();
        assert_eq!(backup_so_far.behind_the_store().unwrap().0, 1);
        assert_eq!(disk::files(&backup.join(BLOBS_FOLDER)).unwrap(), [PathBuf::from("kept.jpg")]);
    }
}
