//! `load-demo`: generated users for trials and measurements; the same seed makes the same users.

mod people;
mod words;

use selfsame_app::App;
use std::io::Write as _;
use std::sync::Arc;

use clap::Args;
use people::MadeUp;
use selfsame_events::Populations;
use selfsame_primitives::{EmailAddress, new_ulid};
use selfsame_store::limits::MAX_WRITES;
use selfsame_store::{Commit, CommitToken, StoreError, Write, decode};
use selfsame_users::records::Account;
use serde_json::json;
use tokio::task::JoinSet;

use super::local::Local;
use super::progress::Progress;
use crate::failure::Failure;
use crate::settings::{InvalidSettings, Mode, Settings, Wrong};
use crate::wiring::Installation;

/// The password of all of them.
const PASSWORD: &str = "correct demo battery staple";
/// Concurrent commits: enough for the store to join many in one flush.
const WIDTH: usize = 64;

/// How many, and which.
#[derive(Debug, Args)]
pub(super) struct LoadDemo {
    /// How many users to make, at most 100 million.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    users: u64,
    /// Other seeds make other users.
    #[arg(long, default_value_t = 1)]
    seed: u16,
}

/// Refuses to add users with a known password to real ones.
pub(super) fn check(settings: &Settings) -> Result<(), Failure> {
    if settings.mode == Mode::Development {
        return Ok(());
    }
    let wrong = "mode is \"production\", where users with a known password can't be made; load-demo takes development";
    Err(InvalidSettings(vec![Wrong(wrong.into())]).into())
}

impl LoadDemo {
    pub(super) async fn run(self, installation: Installation) -> Result<(), Failure> {
        let local = Local::new(&installation)?;
        let template = self.template(&local).await?;
        let mut progress = Progress::new("users", self.users);
        self.load(&local.app, &template, &mut progress).await?;
        progress.finish();
        let mut out = std::io::stdout().lock();
        let first = MadeUp::new(self.seed, 0).username;
        writeln!(out, "Sign in as {first} (or any of them) with the password \"{PASSWORD}\".")?;
        Ok(())
    }

    /// The password hash of all demo users: computed once, by registering one, since hashing is
    /// slow by design.
    async fn template(&self, local: &Local) -> Result<String, Failure> {
        let email = format!("demo-{}@example.com", self.seed);
        let body = json!({"email": email, "password": PASSWORD, "displayName": "Demo"});
        local.post("/auth/register", &body).await.map_err(|failure| {
            Failure::Said(format!("these users can't be made; are they there already? ({failure})"))
        })?;
        let address =
            EmailAddress::parse(&email).map_err(|error| Failure::Said(error.to_string()))?;
        let claim = local.app.users.email_claim(&address);
        let found = super::user::claimed(&*local.app.platform.store, &claim).await?;
        let key = found.map(|user| Account::key(&user));
        let item = match key {
            Some(key) => local.app.platform.store.get(&key).await?,
            None => None,
        };
        let account =
            item.map(|item| decode::<Account>(&item.body)).transpose().map_err(StoreError::from)?;
        account
            .and_then(|account| account.password)
            .ok_or_else(|| Failure::Said("no password was kept".into()))
    }

    async fn load(
        &self,
        app: &Arc<App>,
        password: &str,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let password: Arc<str> = password.into();
        let mut under_way = JoinSet::new();
        let mut next = 0;
        while next < self.users || !under_way.is_empty() {
            if next < self.users && under_way.len() < WIDTH {
                let (app, password, seed) = (Arc::clone(app), Arc::clone(&password), self.seed);
                let range = next..self.users.min(next + GROUP);
                next = range.end;
                under_way.spawn(async move { commit(&app, seed, range, &password).await });
            } else if let Some(done) = under_way.join_next().await {
                let done = done.map_err(|error| Failure::Said(error.to_string()))?;
                progress.advance(done?);
            }
        }
        Ok(())
    }
}

/// Users per commit: each takes at most 9 writes, and their population difference one for all.
const GROUP: u64 = (MAX_WRITES / 10) as u64;

async fn commit(
    app: &Arc<App>,
    seed: u16,
    range: std::ops::Range<u64>,
    password: &str,
) -> Result<u64, StoreError> {
    let made = range.end - range.start;
    let mut counted = Populations::default();
    let users: Vec<_> = range.map(|number| MadeUp::new(seed, number)).collect();
    let mut writes: Vec<Write> =
        users.iter().flat_map(|person| person.writes(app, password, &mut counted)).collect();
    writes.extend(users.first().map(|person| {
        counted.write(&person.user, &new_ulid(app.platform.now(), &*app.platform.random))
    }));
    app.platform
        .store
        .commit(Commit { token: CommitToken::generate(&*app.platform.random), writes })
        .await?;
    Ok(made)
}
