//! `events`, for operators.

use std::io::Write as _;

use clap::{Args, Subcommand};
use selfsame_integrations::event_catalog::EventCatalog;
use selfsame_integrations::replay::{ReplayRequest, list_dead_letters, replay};

use super::local::Local;
use super::{Beginning, Shared, with_installation};
use crate::failure::Failure;
use crate::wiring::Installation;

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(super) enum Events {
    /// Print every type of event with its schema and an example, as JSON.
    Catalog,
    /// Print where events are to be had and what they look like (AsyncAPI 3.0).
    Asyncapi,
    /// List events that were given up: when, by whom, the event, its type, its user and sequence,
    /// and why.
    Dead {
        /// Only what this sink gave up.
        #[arg(long, value_name = "NAME")]
        sink: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Have a sink get events once more.
    Replay(ReplayArguments),
}

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Which sink.
    #[arg(long, value_name = "NAME")]
    sink: String,
    /// All that it gave up, up to 1,000 at a time.
    #[arg(long)]
    dead: bool,
    /// An event that it gave up, by its id; may be given several times.
    #[arg(long = "event", value_name = "ID")]
    events: Vec<String>,
    /// Whose events, also those that were delivered.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The sequence of the user's first event that is replayed.
    #[arg(long, value_name = "SEQUENCE")]
    from: Option<u64>,
    /// The sequence of the last one.
    #[arg(long, value_name = "SEQUENCE")]
    until: Option<u64>,
}

impl Events {
    pub(super) fn run(self, shared: &Shared) -> Result<(), Failure> {
        match self {
            Self::Catalog => {
                print(&serde_json::to_value(event_catalog().catalog()).unwrap_or_default())
            }
            Self::Asyncapi => print(&event_catalog().asyncapi()),
            Self::Dead { sink, limit } => {
                with_installation(shared, Beginning::Refused, |installation| {
                    list(installation, sink, limit)
                })
            }
            Self::Replay(again) => with_installation(shared, Beginning::Refused, |installation| {
                again.run(installation)
            }),
        }
    }
}

fn event_catalog() -> EventCatalog {
    EventCatalog::of(selfsame_app::features())
}

fn print(document: &serde_json::Value) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{document:#}")?)
}

async fn list(
    installation: Installation,
    sink: Option<String>,
    limit: usize,
) -> Result<(), Failure> {
    let app = Local::new(&installation)?.app;
    let mut out = std::io::stdout().lock();
    let dead_letters =
        list_dead_letters(&app.integrations, sink.as_deref(), None, limit.clamp(1, 1000)).await;
    for dead_letter in dead_letters.map_err(|problem| Failure::Said(problem.in_words()))? {
        let (at, name, id, kind) = (
            dead_letter.given_up_at,
            dead_letter.sink,
            dead_letter.event_id,
            dead_letter.event_type,
        );
        writeln!(
            out,
            "{at}  {name}  {id}  {kind}  {} {}  {}",
            dead_letter.subject, dead_letter.sequence, dead_letter.reason
        )?;
    }
    Ok(())
}

impl ReplayArguments {
    /// A fault of the request is reported under the name of the flag, not of the JSON member.
    fn check(&self) -> Result<(), Failure> {
        let ways = [self.dead, !self.events.is_empty(), self.user.is_some()];
        let wrong = if ways.into_iter().filter(|is_given| *is_given).count() != 1 {
            "give one of --dead, --event and --user"
        } else if self.user.is_none() && (self.from.is_some() || self.until.is_some()) {
            "--from and --until go with --user"
        } else if self.from.zip(self.until).is_some_and(|(from, until)| until < from) {
            "--until must not be below --from"
        } else {
            return Ok(());
        };
        Err(Failure::Said(wrong.to_owned()))
    }

    async fn run(self, installation: Installation) -> Result<(), Failure> {
        let app = Local::new(&installation)?.app;
        self.check()?;
        let Self { sink, dead, events, user, from, until } = self;
        let request = ReplayRequest { sink, dead, events, user, from, until };
        let replayed = replay(&app.integrations, &request, "the command line").await;
        let replayed = replayed.map_err(|problem| Failure::Said(problem.in_words()))?;
        let line =
            format!("{} events of {} users are delivered again", replayed.events, replayed.users);
        Ok(writeln!(std::io::stdout().lock(), "{line}")?)
    }
}
