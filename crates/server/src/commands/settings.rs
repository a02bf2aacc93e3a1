//! `settings`: the settings in force, and their reference.

use std::io::Write as _;

use clap::Args;

use crate::failure::Failure;
use crate::settings::{Settings, commented_file, markdown};

/// What to show.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Print the reference as Markdown.
    #[arg(long, conflicts_with = "toml")]
    markdown: bool,
    /// Print a file of settings with all defaults, commented.
    #[arg(long)]
    toml: bool,
}

impl Show {
    pub(super) fn run(
        self,
        load: impl FnOnce() -> Result<Settings, Failure>,
    ) -> Result<(), Failure> {
        let text = match self {
            Self { markdown: true, .. } => markdown(),
            Self { toml: true, .. } => commented_file(),
            Self { .. } => in_force(&load()?),
        };
        Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
    }
}

fn in_force(settings: &Settings) -> String {
    // `Debug` of secrets hides their values.
    format!("{settings:#?}\n")
}
