//! `backup verify`: checks a backup without an installation.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::super::{disk, say};
use super::manifest::Manifest;
use super::pictures;
use super::store_of;
use crate::failure::Failure;

/// Flaws that are printed.
const MOST: usize = 20;

/// Which backup to look at.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The folder that `backup` made.
    folder: PathBuf,
}

impl Verify {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let folder = &self.folder;
        let manifest = Manifest::read(folder)?;
        let mut flaws = Vec::new();
        say::line("Checking the store …");
        let store = store_of(folder);
        if disk::sha256(&store).map_err(Failure::at("read", &store))? == manifest.store_sha256 {
            flaws.extend(selfsame_store_sqlite::check_copy(&store)?);
        } else {
            flaws.push("the store is damaged: it is not what was written".into());
        }
        let listed = pictures::listed(folder, &manifest);
        match listed {
            Ok(listed) => flaws.extend(pictures::flaws(&listed, folder)?),
            Err(failure) => flaws.push(failure.to_string()),
        }
        report(&manifest, &flaws)
    }
}

fn report(manifest: &Manifest, flaws: &[String]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for flaw in flaws.iter().take(MOST) {
        writeln!(out, "{flaw}")?;
    }
    if flaws.len() > MOST {
        writeln!(out, "and {} more", flaws.len() - MOST)?;
    }
    if !flaws.is_empty() {
        return Err(Failure::Said("the backup is not whole".into()));
    }
    let Manifest { made_at, key_fingerprint, blobs, pictures_sha256, .. } = manifest;
    let unknown = if pictures_sha256.is_some() {
        ""
    } else {
        ", which have no checksums, as the backup is an old one"
    };
    writeln!(
        out,
        "The backup of {made_at} is whole: the store and {blobs} pictures{unknown}. It needs the master key with the \
         fingerprint {key_fingerprint}."
    )?;
    Ok(())
}
