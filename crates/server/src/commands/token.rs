//! `token`, for operators.

use std::io::Write as _;
use std::time::Duration;

use clap::Subcommand;
use selfsame_identity::{
    service_tokens::SCOPES, service_tokens::ServiceToken, service_tokens::ServiceTokens,
};
use selfsame_integrations::{service_api::audit::AliasAuditEntry, service_api::audit::look_ups};
use selfsame_profiles::{aliases::AliasNote, aliases::open_note};
use selfsame_store::StoreError;

use super::local::Local;
use super::say;
use crate::failure::Failure;
use crate::wiring::Installation;

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token and show it, this once.
    Create {
        /// What it may do; may be given several times.
        #[arg(long = "scope", required = true, value_name = "SCOPE", help = scope_help())]
        scopes: Vec<String>,
        /// Which service gets it, for the list.
        #[arg(long, default_value = "unnamed")]
        name: String,
    },
    /// List all tokens; none of them is shown.
    List,
    /// Make a token good for nothing.
    Revoke {
        /// Its id, as the list shows it.
        id: String,
    },
    /// Show which services have asked who is behind an alias, the oldest first: when, which
    /// service, token, request and address, and which alias.
    Audit {
        /// So many days up to today; look-ups are kept for two years.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=732))]
        days: u64,
        /// Only those of the service with this name.
        #[arg(long, value_name = "NAME")]
        service: Option<String>,
    },
}

fn scope_help() -> String {
    let scopes: Vec<_> =
        SCOPES.iter().map(|(name, meaning)| format!("{name}: {meaning}")).collect();
    format!("What it may do; may be given several times.\n{}", scopes.join("\n"))
}

impl Token {
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        let Installation { clock, random, keys, store, .. } = &installation;
        let tokens = ServiceTokens { store: &*store.items, keys, random: &**random };
        let mut out = std::io::stdout().lock();
        match self {
            Self::Create { scopes, name } => {
                let (secret, token) = tokens.create(&name, &scopes, clock.now()).await?;
                say::line(format_args!("Token {} for {name}. It is shown only now:", token.id));
                say::secret_as_output(secret)?;
            }
            Self::List => {
                for token in tokens.list(&*store.maintenance).await? {
                    writeln!(out, "{}", line(&token))?;
                }
            }
            Self::Revoke { id } => {
                let revoked = tokens.revoke(&*store.maintenance, &id, clock.now()).await?;
                let token =
                    revoked.ok_or_else(|| Failure::Said(format!("there is no token {id}")))?;
                writeln!(out, "{}", line(&token))?;
            }
            Self::Audit { days, service } => audit(&installation, days, service.as_deref()).await?,
        }
        Ok(())
    }
}

async fn audit(
    installation: &Installation,
    days: u64,
    service: Option<&str>,
) -> Result<(), Failure> {
    let local = Local::new(installation)?;
    let mut out = std::io::stdout().lock();
    for ago in (0..days).rev() {
        let day = installation.clock.now().minus(Duration::from_hours(24 * ago));
        let mut found = Vec::new();
        look_ups(&*local.app.platform.store, day, |look_up| found.push(look_up)).await?;
        found.retain(|look_up| service.is_none_or(|name| name == look_up.service));
        for look_up in &found {
            writeln!(out, "{}", look_up_line(&local, look_up)?)?;
        }
    }
    Ok(())
}

fn look_up_line(local: &Local, look_up: &AliasAuditEntry) -> Result<String, StoreError> {
    let AliasAuditEntry { at, service, token_id, request_id, ip, alias, .. } = look_up;
    let AliasNote { alias_id, display_name, context } = open_note(&local.app.profiles, alias)?;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let (request, ip) = (or_none(request_id), or_none(ip));
    Ok(format!(
        "{at}  {service}  {token_id}  {request}  {ip}  {alias_id}  {display_name}  {context}"
    ))
}

fn line(token: &ServiceToken) -> String {
    let ServiceToken { id, name, scopes, created_at, last_used, revoked_at } = token;
    let day = |time: &selfsame_primitives::Timestamp| {
        time.to_string().chars().take(10).collect::<String>()
    };
    let used =
        last_used.as_ref().map_or("never used".to_owned(), |time| format!("used {}", day(time)));
    let state = revoked_at.as_ref().map_or(used, |time| format!("revoked {}", day(time)));
    format!("{id}  made {}  {state}  {name}  {}", day(created_at), scopes.join(" "))
}
