//! `compact`: returns free space to the file system.

use std::io::Write as _;

use super::say;
use crate::failure::{Failure, fatal};
use crate::wiring::{Installation, STORE_FILE};

pub(super) async fn run(installation: Installation) -> Result<(), Failure> {
    let path = installation.settings.data.join(STORE_FILE);
    // No process may have the store open, this one included.
    drop(installation);
    say::line("Writing the store anew …");
    let work = move || selfsame_store_sqlite::compact(&path, fatal());
    let done = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::Said(error.to_string()))?;
    let (before, after) = done?;
    let line =
        format!("The store takes {:.1} MB; it took {:.1} MB.", megabytes(after), megabytes(before));
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for a person to look at")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
