//! Tokens of other services.

use std::io::Write as _;

use clap::Subcommand;
use selfsame_accounts::service_tokens::{SCOPES, ServiceToken, ServiceTokens};

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
}

fn scope_help() -> String {
    let scopes: Vec<_> = SCOPES.iter().map(|(name, meaning)| format!("{name}: {meaning}")).collect();
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
                eprintln!("Token {} for {name}. It is shown only now:", token.id);
                writeln!(out, "{secret}")?;
            }
            Self::List => {
                for token in tokens.list(&*store.chores).await? {
                    writeln!(out, "{}", line(&token))?;
                }
            }
            Self::Revoke { id } => {
                let revoked = tokens.revoke(&*store.chores, &id, clock.now()).await?;
                let token = revoked.ok_or_else(|| Failure::Said(format!("there is no token {id}")))?;
                writeln!(out, "{}", line(&token))?;
            }
        }
        Ok(())
    }
}

fn line(token: &ServiceToken) -> String {
    let ServiceToken { id, name, scopes, created_at, last_used, revoked_at } = token;
    let day = |time: &selfsame_basics::Timestamp| time.to_string().chars().take(10).collect::<String>();
    let used = last_used.as_ref().map_or("never used".to_owned(), |time| format!("used {}", day(time)));
    let state = revoked_at.as_ref().map_or(used, |time| format!("revoked {}", day(time)));
    format!("{id}  made {}  {state}  {name}  {}", day(created_at), scopes.join(" "))
}
