//! Pictures that profiles and galleries name and that do not exist: nothing else detects this
//! before a viewer asks for them.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use selfsame_blobs::BlobName;
use selfsame_store::{Item, decode};
use selfsame_users::{records::Galleries, records::Profile, records::StoredPicture};

use super::disk;
use crate::failure::Failure;
use crate::wiring::{BLOBS_FOLDER, Installation};

/// The number of missing pictures in the data folder; `None` where they are in a bucket, which
/// takes too long to list.
pub(super) async fn missing(installation: &Installation) -> Result<Option<usize>, Failure> {
    if installation.settings.avatars_bucket.is_some() {
        return Ok(None);
    }
    let first = missing_names(installation).await?;
    if first.is_empty() {
        return Ok(Some(0));
    }
    // A picture that was added or deleted during the search is not missing in both passes, since no
    // name is used again.
    let again = missing_names(installation).await?;
    Ok(Some(first.intersection(&again).count()))
}

/// The names that had no file right before their records were read.
async fn missing_names(installation: &Installation) -> Result<BTreeSet<String>, Failure> {
    let folder = installation.settings.data.join(BLOBS_FOLDER);
    let files = disk::files(&folder).map_err(Failure::at("read", &folder))?;
    let there: HashSet<String> = files.iter().filter_map(|path| name_of(path)).collect();
    let (mut missing_names, mut after) = (BTreeSet::new(), None);
    loop {
        let page = installation.store.maintenance.scan("user/", after.as_ref()).await?;
        missing_names
            .extend(page.items.iter().flat_map(named_by).filter(|name| !there.contains(name)));
        after = page.next;
        if after.is_none() {
            return Ok(missing_names);
        }
    }
}

/// The blob name of the file at `path`; records have no shard folders.
fn name_of(path: &Path) -> Option<String> {
    let folder = path.components().next()?.as_os_str().to_str()?;
    Some(format!("{folder}/{}", path.file_name()?.to_str()?))
}

/// The pictures that `item` names; a damaged one names none, and is reported elsewhere.
fn named_by(item: &Item) -> Vec<String> {
    let pictures: Vec<StoredPicture> = match item.key.sort.as_str() {
        "profile" => decode::<Profile>(&item.body)
            .ok()
            .and_then(|profile| profile.avatar)
            .into_iter()
            .collect(),
        "galleries" => {
            let galleries = decode::<Galleries>(&item.body).unwrap_or_default();
            galleries.media().filter_map(|media| media.picture.clone()).collect()
        }
        _ => Vec::new(),
    };
    let sizes =
        pictures.into_iter().flat_map(|one| [Some(one.original), Some(one.medium), one.thumbnail]);
    sizes.flatten().filter(|name| BlobName::parse(name).is_ok()).collect()
}
