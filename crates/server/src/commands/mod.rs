//! The command line: one file for each command.

mod backup;
mod compact;
mod demo;
mod disk;
mod doctor;
mod events;
mod keys;
mod local;
mod mail;
mod metrics;
mod missing;
mod progress;
mod quarantine;
mod restore;
mod say;
mod settings;
mod token;
mod user;
mod webhook;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::failure::Failure;
use crate::settings::{Settings, Sources};
use crate::wiring::{Beginning, Installation, Patience};
use crate::{logs, serve};

/// Profiles and accounts, in one program.
#[derive(Debug, Parser)]
#[command(name = "selfsame", version, about, arg_required_else_help = false)]
struct Line {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Shared {
    /// The file of settings; by default selfsame.toml of the current folder, where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that holds everything.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and the web interface. This is what happens without a command.
    Serve {
        /// Where to listen, e.g. 127.0.0.1:8080; port 0 lets the system choose.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Make, show, stop, reinstate and list users, and make administrators of them.
    #[command(subcommand)]
    User(user::User),
    /// Make, list and revoke the tokens of other services, and see whose aliases they looked up.
    #[command(subcommand)]
    Token(token::Token),
    /// Replace and withdraw the keys that access tokens are signed with.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// List mails that were given up, and release addresses that were not written to any more.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Describe events, list those that were given up, and have events delivered again.
    #[command(subcommand)]
    Events(events::Events),
    /// Say where events are posted to, and see what became of them.
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// List, show, put back and drop records that could not be read and were set aside.
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    /// Copy everything to a new folder, while the service runs, or check such a copy.
    Backup(backup::Backup),
    /// Bring a backup back into a data folder without data; nobody is signed in after that.
    Restore(restore::Restore),
    /// Give space that is not used any more back, while the service does not run.
    Compact,
    /// Check the data folder, the store, the keys, the clock and the disk.
    Doctor,
    /// Fill the store with made-up users.
    LoadDemo(demo::LoadDemo),
    /// Show the settings that are in force, or their reference.
    Settings(settings::Show),
    /// Print the reference of everything that is counted at /metrics, as Markdown.
    Metrics,
    /// Print the description of the API (OpenAPI 3.1).
    Openapi,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    without_huge_pages();
    let line = Line::parse();
    match perform(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::Told) {
                say::line(format_args!("selfsame: {failure}"));
            }
            failure.exit_code()
        }
    }
}

/// The allocator asks for pages of 2 MB, of which an idle service uses little: they were a quarter
/// of its memory, and reads are not quicker with them (docs/benchmarks.md). A kernel without such
/// pages ignores the call.
#[cfg(target_os = "linux")]
fn without_huge_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
const fn without_huge_pages() {}

fn perform(line: Line) -> Result<(), Failure> {
    let Line { shared, command } = line;
    let must_be_there = Beginning::Refused;
    match command.unwrap_or(Command::Serve { listen: None }) {
        Command::Serve { listen } => block_on(serve::run(load(&shared, listen)?)),
        Command::Settings(show) => show.run(|| load(&shared, None)),
        Command::Metrics => metrics::run(),
        Command::Openapi => openapi(),
        Command::Backup(backup) => backup.run(&shared),
        Command::Restore(restore) => {
            let settings = load(&shared, None)?;
            logs::start_quiet(&settings);
            block_on(restore.run(&settings))
        }
        Command::Compact => with_installation(&shared, must_be_there, compact::run),
        Command::Doctor => block_on(doctor::run(load(&shared, None)?)),
        Command::User(command) => with_installation(&shared, command.beginning(), |installation| {
            command.run(installation)
        }),
        Command::Token(command) => {
            with_installation(&shared, must_be_there, |installation| command.run(installation))
        }
        Command::Keys(command) => {
            with_installation(&shared, must_be_there, |installation| command.run(installation))
        }
        Command::Mail(command) => {
            with_installation(&shared, must_be_there, |installation| command.run(installation))
        }
        Command::Events(command) => command.run(&shared),
        Command::Webhook(command) => {
            with_installation(&shared, must_be_there, |installation| command.run(installation))
        }
        Command::Quarantine(command) => {
            with_installation(&shared, must_be_there, |installation| command.run(installation))
        }
        Command::LoadDemo(demo) => {
            demo::check(&load(&shared, None)?)?;
            with_installation(&shared, Beginning::Allowed, |installation| demo.run(installation))
        }
    }
}

fn openapi() -> Result<(), Failure> {
    let document = selfsame_web::openapi(selfsame_app::features());
    Ok(writeln!(std::io::stdout().lock(), "{document:#}")?)
}

fn load(shared: &Shared, listen: Option<String>) -> Result<Settings, Failure> {
    let flags = [("listen", "--listen", listen), ("data", "--data", shared.data.clone())];
    let sources = Sources {
        file: shared.config.clone(),
        environment: std::env::vars_os().collect(),
        flags: flags.into_iter().filter_map(|(key, flag, text)| Some((key, flag, text?))).collect(),
    };
    Ok(sources.load()?)
}

fn with_installation<F>(
    shared: &Shared,
    beginning: Beginning,
    act: impl FnOnce(Installation) -> F,
) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let settings = load(shared, None)?;
    logs::start_quiet(&settings);
    block_on(async { act(Installation::open(settings, beginning, Patience::Command).await?).await })
}

fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::System { what: "can't start".into(), error })?.block_on(work)
}
