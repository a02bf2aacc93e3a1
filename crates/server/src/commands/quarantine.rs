//! `quarantine`, for operators.

use std::io::Write as _;

use clap::Subcommand;
use selfsame_events::quarantine::{self, Quarantined};
use selfsame_store::StoreError;

use super::local::Local;
use crate::failure::Failure;
use crate::wiring::Installation;

/// The header of the list, unless it is empty.
const HEADER: &str = "SET ASIDE AT  KIND  ID  WHERE IT WAS  WHY";

/// What to do with records that could not be read.
#[derive(Debug, Subcommand)]
pub(super) enum Quarantine {
    /// List them, the oldest first: when, kind, id, where it was, and why it could not be read.
    List {
        /// Only those of this kind.
        #[arg(long)]
        kind: Option<String>,
        /// At most so many of each kind.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Print one of them as it was stored.
    Show {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
    },
    /// Put one back to where it was, for a release that can read it.
    Release {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
    },
    /// Delete one for good.
    Drop {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
    },
}

impl Quarantine {
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        match self {
            Self::List { kind, limit } => list(&installation, kind, limit.clamp(1, 1000)).await,
            Self::Show { kind, id } => show(&installation, &kind, &id).await,
            Self::Release { kind, id } => release(&installation, &kind, &id).await,
            Self::Drop { kind, id } => discard(&installation, &kind, &id).await,
        }
    }
}

async fn list(
    installation: &Installation,
    kind: Option<String>,
    limit: usize,
) -> Result<(), Failure> {
    let kinds = if let Some(kind) = kind {
        vec![kind]
    } else {
        let counts = quarantine::counts(&*installation.store.maintenance).await?;
        counts.into_iter().map(|(kind, _)| kind).collect()
    };
    let mut out = std::io::stdout().lock();
    let mut is_first = true;
    for kind in kinds {
        for record in quarantine::list(&*installation.store.items, &kind, limit).await? {
            if std::mem::take(&mut is_first) {
                writeln!(out, "{HEADER}")?;
            }
            let Quarantined { at, kind, id, partition, sort, reason, .. } = record;
            writeln!(out, "{at}  {kind}  {id}  {partition}/{sort}  {reason}")?;
        }
    }
    Ok(())
}

async fn find(
    installation: &Installation,
    kind: &str,
    id: &str,
) -> Result<(Quarantined, Vec<u8>), Failure> {
    let found = quarantine::find(&*installation.store.items, kind, id).await?;
    found.ok_or_else(|| Failure::Said(format!("there is no {kind} {id} in quarantine")))
}

async fn show(installation: &Installation, kind: &str, id: &str) -> Result<(), Failure> {
    let (_, body) = find(installation, kind, id).await?;
    Ok(std::io::stdout().lock().write_all(&body)?)
}

async fn release(installation: &Installation, kind: &str, id: &str) -> Result<(), Failure> {
    let (record, body) = find(installation, kind, id).await?;
    let journal = &Local::new(installation)?.app.platform.journal;
    match selfsame_events::release(journal, &record, body).await {
        Err(StoreError::Conflict(key)) if key.partition.starts_with(quarantine::PARTITIONS) => {
            Err(not_found(kind, id))
        }
        Err(StoreError::Conflict(key)) => Err(Failure::Said(format!(
            "something else is at {key} now; drop the record, and replay the events that matter"
        ))),
        outcome => Ok(outcome?),
    }
}

async fn discard(installation: &Installation, kind: &str, id: &str) -> Result<(), Failure> {
    let (record, _) = find(installation, kind, id).await?;
    match quarantine::discard(&Local::new(installation)?.app.platform.journal, &record).await {
        Err(StoreError::Conflict(_)) => Err(not_found(kind, id)),
        outcome => Ok(outcome?),
    }
}

fn not_found(kind: &str, id: &str) -> Failure {
    Failure::Said(format!(
        "{kind} {id} is not in quarantine any more: somebody released or dropped it meanwhile"
    ))
}
