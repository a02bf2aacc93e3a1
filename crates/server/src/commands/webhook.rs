//! `webhook`, for operators.

use std::io::Write as _;

use clap::{Args, Subcommand, ValueEnum};
use selfsame_integrations::Integrations;
use selfsame_integrations::webhook_delivery::Status;
use selfsame_integrations::webhooks::{
    DeliveryView, EndpointInput, EndpointView, RecoveryRange, manage, recover,
};
use selfsame_primitives::Timestamp;
use selfsame_web::{Code, Patch, Problem};
use serde::Serialize;
use serde_json::{Value, json};

use super::local::Local;
use super::say;
use crate::failure::Failure;
use crate::wiring::Installation;

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub(super) enum Webhook {
    /// Have events posted somewhere. The secret that they are signed with is shown this once.
    Add(New),
    /// List all webhooks: id, whether events are sent, where to, which types, and what for.
    List,
    /// Show a webhook; its secret is not shown.
    Show {
        /// Its id.
        id: String,
    },
    /// Post no more there; what waits for it is thrown away.
    Remove {
        /// Its id.
        id: String,
    },
    /// Post there again after it was disabled, at once what waits.
    Enable {
        /// Its id.
        id: String,
    },
    /// Post a test there, once and now, and show how that went.
    Test {
        /// Its id.
        id: String,
    },
    /// Make a new secret and show it, this once; the one before is signed with for another day.
    RotateSecret {
        /// Its id.
        id: String,
    },
    /// List the deliveries of the last 30 days, the newest events first: when it was tried last,
    /// the event, its type, what became of it, the tries, and the answer.
    Deliveries {
        /// Its id.
        id: String,
        /// Only these.
        #[arg(long, value_enum)]
        status: Option<StatusFilter>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Post again what the log of deliveries holds of a time.
    Replay {
        /// Its id.
        id: String,
        /// From then on, as 2026-01-31T09:30:00Z.
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Timestamp,
        /// Until before then; now without this.
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<Timestamp>,
    },
}

#[derive(Debug, Args)]
pub(super) struct New {
    /// Where to, beginning with https://.
    url: String,
    /// A type of event (profile.updated) or a family (profile.*); may be given several times. All
    /// without this.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// What it is for.
    #[arg(long, default_value = "")]
    description: String,
    /// Post nothing there yet.
    #[arg(long)]
    disabled: bool,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum StatusFilter {
    Delivered,
    Waiting,
    Failed,
}

impl From<StatusFilter> for Status {
    fn from(filter: StatusFilter) -> Self {
        match filter {
            StatusFilter::Delivered => Self::Delivered,
            StatusFilter::Waiting => Self::Waiting,
            StatusFilter::Failed => Self::Failed,
        }
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    serde_json::from_value(Value::from(text))
        .map_err(|_| "must be a time as 2026-01-31T09:30:00Z".to_owned())
}

impl Webhook {
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        let local = Local::new(&installation)?;
        let integrations = &*local.app.integrations;
        match self {
            Self::Add(new) => add(integrations, new).await,
            Self::List => list(integrations).await,
            Self::Show { id } => print(
                &manage::show(integrations, &id).await.map_err(|problem| said(&id, &problem))?,
            ),
            Self::Remove { id } => {
                manage::remove(integrations, &id).await.map_err(|problem| said(&id, &problem))
            }
            Self::Enable { id } => print(
                &manage::enable(integrations, &id).await.map_err(|problem| said(&id, &problem))?,
            ),
            Self::Test { id } => test(integrations, &id).await,
            Self::RotateSecret { id } => rotate(integrations, &id).await,
            Self::Deliveries { id, status, limit } => {
                deliveries(integrations, &id, status, limit).await
            }
            Self::Replay { id, since, until } => {
                replay(integrations, &id, RecoveryRange { since, until }).await
            }
        }
    }
}

/// A problem as a sentence, with every fault.
fn said(id: &str, problem: &Problem) -> Failure {
    if problem.code == Code::NotFound {
        return Failure::Said(format!("there is no webhook {id}"));
    }
    Failure::Said(problem.in_words())
}

fn print(shown: &impl Serialize) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{:#}", json!(shown))?)
}

async fn add(integrations: &Integrations, new: New) -> Result<(), Failure> {
    let New { url, types, description, disabled } = new;
    let input = EndpointInput {
        url: Patch::Set(url),
        description: Patch::Set(description),
        event_types: Patch::Set(types),
        enabled: Patch::Set(!disabled),
    };
    let made = manage::add(integrations, input).await.map_err(|problem| said("", &problem))?;
    say::secret(format_args!("Its secret, which is shown only now: {}", made.secret))?;
    Ok(writeln!(std::io::stdout().lock(), "{}", made.endpoint.id)?)
}

async fn list(integrations: &Integrations) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for endpoint in manage::list(integrations).await.map_err(|problem| said("", &problem))?.items {
        writeln!(out, "{}", line(&endpoint))?;
    }
    Ok(())
}

fn line(endpoint: &EndpointView) -> String {
    let EndpointView { id, url, description, event_types, disabled_reason, failing_since, .. } =
        endpoint;
    let state = match (disabled_reason, failing_since) {
        (Some(reason), _) => format!("disabled ({})", reason.as_str()),
        (None, Some(since)) => format!("failing since {since}"),
        (None, None) => "enabled".to_owned(),
    };
    let types = if event_types.is_empty() { "all".to_owned() } else { event_types.join(" ") };
    format!("{id}  {state}  {url}  {types}  {description}")
}

async fn test(integrations: &Integrations, id: &str) -> Result<(), Failure> {
    let tried = manage::test(integrations, id, None).await.map_err(|problem| said(id, &problem))?;
    writeln!(std::io::stdout().lock(), "{}", delivery(&tried))?;
    if tried.status == Status::Delivered { Ok(()) } else { Err(Failure::Told) }
}

async fn rotate(integrations: &Integrations, id: &str) -> Result<(), Failure> {
    let rotated =
        manage::rotate_secret(integrations, id).await.map_err(|problem| said(id, &problem))?;
    say::line(format_args!("The new secret of {id}, which is shown only now:"));
    Ok(say::secret_as_output(rotated.secret)?)
}

async fn deliveries(
    integrations: &Integrations,
    id: &str,
    status: Option<StatusFilter>,
    limit: usize,
) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let (status, mut remaining, mut after) = (status.map(Status::from), limit, None);
    while remaining > 0 {
        let page =
            manage::deliveries(integrations, id, status, remaining.min(1000), after.as_deref())
                .await;
        let page = page.map_err(|problem| said(id, &problem))?;
        remaining -= page.items.len();
        for one in &page.items {
            writeln!(out, "{}", delivery(one))?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

fn delivery(tried: &DeliveryView) -> String {
    let DeliveryView { event_id, event_type, status, attempts, attempted_at, code, error, .. } =
        tried;
    let status = match status {
        Status::Delivered => "delivered",
        Status::Waiting => "waiting",
        Status::Failed => "failed",
    };
    let answer =
        error.clone().or_else(|| code.map(|code| format!("answered {code}"))).unwrap_or_default();
    format!("{attempted_at}  {event_id}  {event_type}  {status}  {attempts}  {answer}")
}

async fn replay(integrations: &Integrations, id: &str, span: RecoveryRange) -> Result<(), Failure> {
    let recovered = recover(integrations, id, &span).await.map_err(|problem| said(id, &problem))?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} deliveries about {} users are made again",
        recovered.events, recovered.users
    )?;
    if let Some(next) = recovered.next {
        writeln!(out, "there are more: go on with --since {next}")?;
    }
    Ok(())
}
