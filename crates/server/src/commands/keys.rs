//! `keys`, for operators.

use std::io::Write as _;

use clap::Subcommand;
use selfsame_tokens::KeyState;

use super::local::Local;
use crate::failure::Failure;
use crate::wiring::Installation;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// The keys that access tokens are signed with.
    #[command(subcommand)]
    Signing(Signing),
}

/// What to do with the keys that access tokens are signed with.
#[derive(Debug, Subcommand)]
pub(super) enum Signing {
    /// List them: what they are called, since when they sign, and when they are dropped.
    List,
    /// Make a new one. It signs after a quarter of an hour, when everybody can have it; the old
    /// ones verify for a day after that.
    Rotate,
    /// Withdraw one that has leaked: its tokens are good for nothing at once, also in a running
    /// service. Where it is the one that signs, a new one takes its place; other services take its
    /// tokens when they fetch the key set anew, within five minutes.
    Revoke {
        /// What the list, tokens and the public key set call it.
        kid: String,
    },
}

impl Keys {
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        let local = Local::new(&installation)?;
        let tokens = &local.app.identity.tokens;
        let Self::Signing(act) = self;
        match act {
            Signing::List => {}
            Signing::Rotate => tokens.rotate().await?,
            Signing::Revoke { kid } => {
                if !tokens.revoke_key(&kid).await? {
                    return Err(Failure::Said(format!("there is no signing key {kid}")));
                }
            }
        }
        let mut out = std::io::stdout().lock();
        for key in tokens.signing_keys().await? {
            writeln!(out, "{}", line(&key))?;
        }
        Ok(())
    }
}

fn line(key: &KeyState) -> String {
    let KeyState { kid, created_at, signs_from, until } = key;
    let dropped = until.map_or_else(|| "kept".to_owned(), |until| format!("until {until}"));
    format!("{kid}  made {created_at}  signs from {signs_from}  {dropped}")
}
