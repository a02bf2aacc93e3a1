//! `mail`, for operators.

use std::io::Write as _;

use clap::Subcommand;
use selfsame_mail_queue::failed_mails;
use selfsame_primitives::EmailAddress;

use super::local::Local;
use super::say;
use crate::failure::Failure;
use crate::wiring::Installation;

/// What to do with mail.
#[derive(Debug, Subcommand)]
pub(super) enum Mail {
    /// List the mails of the last 30 days that were given up, the newest first: when, its id, its
    /// kind, and why.
    Failed {
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Send mail again to an address that had bounced or complained.
    Release {
        /// The address.
        address: String,
    },
}

impl Mail {
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        match self {
            Self::Failed { limit } => failed(&installation, limit).await,
            Self::Release { address } => release(&installation, &address).await,
        }
    }
}

async fn failed(installation: &Installation, limit: usize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for mail in failed_mails(&*installation.store.items, limit).await? {
        writeln!(
            out,
            "{}  {}  {}  {} (try {})",
            mail.at, mail.id, mail.kind, mail.reason, mail.tries
        )?;
    }
    Ok(())
}

async fn release(installation: &Installation, address: &str) -> Result<(), Failure> {
    let address = EmailAddress::parse(address)
        .map_err(|error| Failure::Said(format!("the address {error}")))?;
    if !Local::new(installation)?.app.mail.unsuppress(&address).await? {
        say::line(format_args!(
            "Mail to {} was not stopped: there was nothing to release.",
            address.as_str()
        ));
    }
    Ok(())
}
