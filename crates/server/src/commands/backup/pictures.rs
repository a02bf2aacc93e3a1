//! The pictures of a backup, and the list of their checksums.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::super::disk;
use super::super::progress::Progress;
use super::manifest::Manifest;
use crate::failure::Failure;
use crate::wiring::BLOBS_FOLDER;

/// The list: a line for each, in the form of sha256sum(1).
const LIST: &str = "pictures.sha256";

/// A picture of a backup; in one of the first version nobody knows its checksum.
pub(in super::super) struct Picture {
    path: PathBuf,
    sha256: Option<String>,
}

/// Copies the pictures in `from` into the backup `folder`; how many there were, and the checksum of their list.
pub(super) fn keep(from: &Path, folder: &Path) -> Result<(u64, String), Failure> {
    let list = folder.join(LIST);
    let names = disk::files(from).map_err(Failure::at("read", from))?;
    let mut lines = BufWriter::new(disk::new_file(&list).map_err(Failure::at("write", &list))?);
    let mut kept = 0;
    disk::make_folder(&folder.join(BLOBS_FOLDER)).map_err(Failure::at("make a folder in", folder))?;
    each(&names, |name| {
        let path = Path::new(BLOBS_FOLDER).join(name);
        let target = folder.join(&path);
        // One that was deleted meanwhile is named by nothing any more.
        if let Some(sum) = disk::copy(&from.join(name), &target).map_err(Failure::at("write", &target))? {
            writeln!(lines, "{sum}  {}", path.display()).map_err(Failure::at("write", &list))?;
            kept += 1;
        }
        Ok(())
    })?;
    let written = lines.into_inner().map_err(std::io::IntoInnerError::into_error);
    written.and_then(|file| file.sync_all()).map_err(Failure::at("write", &list))?;
    Ok((kept, disk::sha256(&list).map_err(Failure::at("read", &list))?))
}

/// The pictures that the backup in `folder` says it has.
pub(in super::super) fn listed(folder: &Path, manifest: &Manifest) -> Result<Vec<Picture>, Failure> {
    let pictures = match &manifest.pictures_sha256 {
        Some(sum) => read_list(&folder.join(LIST), sum)?,
        None => without_sums(folder)?,
    };
    if pictures.len() as u64 == manifest.blobs {
        Ok(pictures)
    } else {
        Err(Failure::Said(format!("the backup has {} pictures of {}", pictures.len(), manifest.blobs)))
    }
}

fn read_list(path: &Path, sum: &str) -> Result<Vec<Picture>, Failure> {
    let damaged = || Failure::Said(format!("{} is damaged: it is not what was written", path.display()));
    if disk::sha256(path).map_err(Failure::at("read", path))? != sum {
        return Err(damaged());
    }
    let file = std::fs::File::open(path).map_err(Failure::at("read", path))?;
    let read = |line: std::io::Result<String>| {
        let line = line.map_err(Failure::at("read", path))?;
        let (sum, name) = line.split_once("  ").ok_or_else(damaged)?;
        let (path, sha256) = (PathBuf::from(name), Some(sum.to_owned()));
        if disk::is_below(&path) { Ok(Picture { path, sha256 }) } else { Err(damaged()) }
    };
    BufReader::new(file).lines().map(read).collect()
}

fn without_sums(folder: &Path) -> Result<Vec<Picture>, Failure> {
    let found = disk::files(&folder.join(BLOBS_FOLDER)).map_err(Failure::at("read", folder))?;
    Ok(found.iter().map(|name| Picture { path: Path::new(BLOBS_FOLDER).join(name), sha256: None }).collect())
}

/// Copies `pictures` from the backup `folder` to `target`, each as it was written or not at all.
pub(in super::super) fn bring_back(
    pictures: &[Picture],
    folder: &Path,
    target: &Path,
) -> Result<(), Failure> {
    let blobs = target.join(BLOBS_FOLDER);
    disk::make_folder(&blobs).map_err(Failure::at("make", &blobs))?;
    each(pictures, |Picture { path, sha256 }| {
        let to = target.join(path);
        let sum = disk::copy(&folder.join(path), &to).map_err(Failure::at("write", &to))?;
        match (sum, sha256) {
            (Some(found), Some(sum)) if found == *sum => Ok(()),
            (Some(_), None) => Ok(()),
            (found, _) => Err(Failure::Said(flaw(path, found.is_some()))),
        }
    })
}

/// What is wrong with `pictures` in the backup `folder`.
pub(super) fn flaws(pictures: &[Picture], folder: &Path) -> Result<Vec<String>, Failure> {
    let mut flaws = Vec::new();
    each(pictures, |Picture { path, sha256 }| {
        let file = folder.join(path);
        let is_there = file.exists();
        let is_whole = match sha256 {
            Some(sum) if is_there => disk::sha256(&file).map_err(Failure::at("read", &file))? == *sum,
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
